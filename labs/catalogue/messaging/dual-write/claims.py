"""What `dual-write` does and measures: the topic, read by somebody else, against committed rows."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import asyncpg

from chaos.held import held as held_by_link
from labs.engine.actions import Stage
from labs.engine.evidence import Evidence
from labs.engine.measures import Measured, Table, measure
from labs.engine.topic import Topic
from stack.components.postgres import SUPERUSER

MEASURES: Table = {}
TOPIC = "link-events"
LOOK_EVERY_S = 0.2
WITHIN_S = 5.0
Mark = dict[str, Any]
_MARK: Mark = {}  # where the topic, the table and the proxy's counts stood when the run began


def mark(stage: Stage) -> None:
    """Remember where this run begins: in the topic first, so that no event is missed."""
    _MARK.update(asyncio.run(_marked(stage)))


def reconcile(stage: Stage, *, wait_s: float) -> dict[str, Any]:
    """Hold the topic against the table, as sets, until they agree or the time is over."""
    return asyncio.run(_reconciled(stage, wait_s))


ACTIONS = {"mark": mark, "reconcile": reconcile}


@measure(MEASURES, "links")
def links_without_event(
    evidence: Evidence, *, action: str, cut: Sequence[str], held: Sequence[str]
) -> Measured:
    """Committed links of the run that no `link.created` in the topic tells of."""
    told = _told(evidence, action)
    return Measured(told.get("lost"), _links(evidence, told, cut, held))


@measure(MEASURES, "events")
def events_without_link(
    evidence: Evidence, *, action: str, cut: Sequence[str], held: Sequence[str]
) -> Measured:
    """`link.created` in the topic whose link is not in the database."""
    told = _told(evidence, action)
    return Measured(told.get("ghosts"), _links(evidence, told, cut, held))


@measure(MEASURES, "events")
def events_per_link(evidence: Evidence, *, action: str) -> Measured:
    """Most different `link.created` of one link; the same id twice is the same event."""
    told = _told(evidence, action)
    return Measured(told.get("most_ids"), int(told.get("links", 0)))


@measure(MEASURES, "creates")
def created_during(evidence: Evidence, *, phase: str, fault: str) -> Measured:
    """Creates of a phase that were answered with 201 while the fault was on."""
    return _answered(evidence, phase, fault, inside=True)


@measure(MEASURES, "creates")
def not_created_during(evidence: Evidence, *, phase: str, fault: str) -> Measured:
    """Creates of a phase that had no 201 yet when the fault was lifted."""
    return _answered(evidence, phase, fault, inside=False)


def _answered(evidence: Evidence, phase: str, fault: str, *, inside: bool) -> Measured:
    window = evidence.fault_window(fault)
    if window is None:
        return Measured(None)
    # It is lifted when it is due; that it was lifted is noted later, on a busy machine much later.
    due_s = next(f.at_s + f.for_s for f in evidence.lab.fault if f.name == fault)
    sent = [r for r in evidence.sent_in(phase) if window[0] <= r.sent_s <= due_s]
    done = sum(r.status == 201 and r.done_s <= due_s for r in sent)
    return Measured(done if inside else len(sent) - done, len(sent))


def _told(evidence: Evidence, action: str) -> dict[str, Any]:
    told = [e.data["value"] for e in evidence.named("action", action) if e.data.get("value")]
    return dict(told[-1]) if told else {}


def _links(
    evidence: Evidence, told: dict[str, Any], cut: Sequence[str], held: Sequence[str]
) -> int:
    """How many links it rests on: none, unless kills met creates and toxics held bytes."""
    met = all(any(r.status == 0 for r in evidence.sent_in(phase)) for phase in cut)
    bit = all(told.get("held", {}).get(link, 0) > 0 for link in held)
    return int(told.get("links", 0)) if met and bit else 0


async def _marked(stage: Stage) -> Mark:
    async with Topic(stage, TOPIC) as topic:
        ends = await topic.ends()
    connection = await _connected(stage)
    try:
        last = await connection.fetchval("SELECT coalesce(max(id), 0) FROM links")
    finally:
        await connection.close()
    return {"ends": ends, "last": last, "held": held_by_link(stage.url("proxy"))}


async def _reconciled(stage: Stage, wait_s: float) -> dict[str, Any]:
    ids: dict[str, set[str]] = defaultdict(set)
    began_s = time.monotonic()
    connection = await _connected(stage)
    try:
        async with Topic(stage, TOPIC) as topic:
            topic.begin_at(_MARK["ends"])
            while True:
                _note(await topic.read_on(), ids)
                links = await _codes(connection, "id > $1", _MARK["last"])
                lost = links - ids.keys()
                if not lost or time.monotonic() - began_s > wait_s:
                    break
                await asyncio.sleep(LOOK_EVERY_S)
        ghosts = ids.keys() - await _codes(connection, "code = ANY($1)", list(ids))
    finally:
        await connection.close()
    now = held_by_link(stage.url("proxy"))
    held = {name: count - _MARK["held"].get(name, 0) for name, count in now.items()}
    return {
        "links": len(links),
        "lost": len(lost),
        "ghosts": len(ghosts),
        "most_ids": max((len(ids[code]) for code in links & ids.keys()), default=0),
        "held": {name: count for name, count in held.items() if count},
        "waited_s": round(time.monotonic() - began_s, 2),
    }


async def _connected(stage: Stage) -> asyncpg.Connection:
    dsn = stage.home.dsn(role=SUPERUSER, database=stage.database)
    return await asyncpg.connect(dsn, timeout=WITHIN_S)


async def _codes(connection: asyncpg.Connection, which: str, value: object) -> set[str]:
    found = await connection.fetch(f"SELECT code FROM links WHERE {which}", value)  # noqa: S608 - ours
    return {row["code"] for row in found}


def _note(messages: Sequence[Any], ids: dict[str, set[str]]) -> None:
    """Note the event ids of each created link."""
    for message in messages:
        headers = dict(message.headers)
        if headers.get("type") == b"link.created":
            ids[message.key.decode()].add(headers.get("event_id", b"").decode())
