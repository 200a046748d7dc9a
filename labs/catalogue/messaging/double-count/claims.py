"""What `double-count` does and measures: ids in the topic against counts in the table."""

import asyncio
import json
import threading
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import asyncpg

from chaos.held import held
from labs.engine.actions import Stage
from labs.engine.evidence import Evidence
from labs.engine.measures import Measured, Table, measure
from labs.engine.topic import Topic, broker
from stack.components.postgres import SUPERUSER

MEASURES: Table = {}
TOPIC, GROUP, VICTIM = "clicks", "analytics", "analytics"
LOOK_EVERY_S = 0.015
WITHIN_S = 5.0
QUIET_S = 1.2
REPEATED = 40
# The run's database is its own, and the grader has another role: nobody else's statements are among
# these. A table that a repair brings along counts as well; those of the shortener do not.
_ASKED = """
SELECT coalesce(sum(calls), 0)::bigint FROM pg_stat_statements
  JOIN pg_database ON pg_database.oid = dbid JOIN pg_roles ON pg_roles.oid = userid
 WHERE datname = current_database() AND rolname = 'shortener'
   AND (query ~* '(click_counts|processed_events)' OR query ~* $1)
"""
_INTO_A_NEW_TABLE = r"insert\s+into\s+(?!links|accounts|refresh_|idempotency_|outbox|dead_letters)"
Mark = dict[str, Any]
_MARK: Mark = {}  # where the topic and the proxy's counts stood when the run began
_STRUCK: dict[str, threading.Event] = defaultdict(threading.Event)

_COUNTED = """
SELECT coalesce(sum(clicks), 0)::bigint FROM click_counts JOIN links ON links.id = link_id
 WHERE code LIKE 'promo%'
"""


def mark(stage: Stage) -> None:
    """Remember where this run begins."""

    async def look() -> Mark:
        async with Topic(stage, TOPIC, GROUP) as topic:
            return {"ends": await topic.ends(), "held": _held(stage)}

    _MARK.update(asyncio.run(look()))


def strike(stage: Stage, *, when: str, within_s: float, after: str = "") -> dict[str, Any]:
    """Kill the consumer in the moment in which something changes: `counts`, or `marks`."""
    if after:
        _STRUCK[after].wait(within_s)
    try:
        return asyncio.run(_struck(stage, when, within_s))
    finally:
        _STRUCK[when].set()


def repeat(stage: Stage, *, after: str, wait_s: float, read_within_s: float) -> int:
    """Send the first clicks of the run again, byte for byte, as a producer does that was unsure.

    Not before all has been read: what comes twice within one batch is seen without any memory.
    """
    _STRUCK[after].wait(wait_s)
    try:
        return asyncio.run(_repeated(stage, read_within_s))
    finally:
        _STRUCK["repeat"].set()


def reconcile(stage: Stage, *, after: str, wait_s: float, settle_within_s: float) -> dict[str, Any]:
    """Hold the counts against the ids in the topic, link by link, when nothing waits any more."""
    _STRUCK[after].wait(wait_s)
    return asyncio.run(_reconciled(stage, settle_within_s))


ACTIONS = {"mark": mark, "strike": strike, "repeat": repeat, "reconcile": reconcile}


@measure(MEASURES, "clicks")
def clicks_too_many(evidence: Evidence, *, action: str, strikes: Sequence[str]) -> Measured:
    """Clicks that were counted beyond the different ids in the topic, over all links."""
    return _difference(evidence, action, strikes, "over")


@measure(MEASURES, "clicks")
def clicks_missing(evidence: Evidence, *, action: str, strikes: Sequence[str]) -> Measured:
    """Different ids in the topic beyond the clicks that were counted, over all links."""
    return _difference(evidence, action, strikes, "missing")


@measure(MEASURES, "statements")
def asked(evidence: Evidence, *, action: str) -> Measured:
    """Statements about counts and about ids, from the beginning until all was read."""
    told = _told(evidence, action)
    return Measured(told.get("asked"), int(told.get("clicks", 0)))


def _difference(evidence: Evidence, action: str, strikes: Sequence[str], which: str) -> Measured:
    """Rests on nothing unless every strike killed and the toxic held bytes."""
    told = _told(evidence, action)
    met = all(_told(evidence, name).get("killed") for name in strikes)
    sure = met and told.get("held", 0) > 0
    return Measured(told.get(which), int(told.get("clicks", 0)) if sure else 0)


def _told(evidence: Evidence, action: str) -> dict[str, Any]:
    told = [e.data["value"] for e in evidence.named("action", action) if e.data.get("value")]
    return dict(told[-1]) if told else {}


async def _struck(stage: Stage, when: str, within_s: float) -> dict[str, Any]:
    connection = await _connected(stage)
    try:
        async with Topic(stage, TOPIC, GROUP) as topic:

            async def counts() -> object:
                return await connection.fetchval(_COUNTED)

            look: dict[str, Callable[[], Awaitable[object]]]

            async def marks() -> object:
                """Whatever a consumer may have noted as done: offsets, or ids."""
                ids = await connection.fetchval("SELECT count(*) FROM processed_events")
                return [*await topic.committed(), ids]

            look = {"counts": counts, "marks": marks}
            before, began_s = await look[when](), time.monotonic()
            # The first batch is whatever had come when somebody looked: it is not like the others.
            while (now := await look[when]()) == before or (when == "counts" and not before):
                before = now
                if time.monotonic() - began_s > within_s:
                    return {"killed": False, "saw": str(before)}
                await asyncio.sleep(LOOK_EVERY_S)
            await asyncio.to_thread(stage.warden.process, VICTIM, "kill")
            return {"killed": True, "saw": f"{when} went from {before} to {now}"}
    finally:
        await connection.close()


async def _repeated(stage: Stage, read_within_s: float) -> int:
    from aiokafka import AIOKafkaProducer  # noqa: PLC0415 - only in this lab

    async with Topic(stage, TOPIC, GROUP) as topic:
        began_s = time.monotonic()
        while await topic.lag() and time.monotonic() - began_s < read_within_s:
            await asyncio.sleep(LOOK_EVERY_S)
        topic.begin_at(_MARK["ends"])
        first = (await topic.read_on())[:REPEATED]
    async with AIOKafkaProducer(bootstrap_servers=broker(stage)) as producer:
        for message in first:
            await producer.send_and_wait(
                TOPIC, message.value, message.key, partition=message.partition
            )
    return len(first)


async def _reconciled(stage: Stage, wait_s: float) -> dict[str, Any]:
    ids: dict[int, set[str]] = defaultdict(set)
    connection = await _connected(stage)
    began_s = quiet_since_s = time.monotonic()
    try:
        async with Topic(stage, TOPIC, GROUP) as topic:
            topic.begin_at(_MARK["ends"])
            while True:
                for message in await topic.read_on():
                    click = json.loads(message.value or b"{}")
                    ids[int(click["link_id"])].add(str(click["event_id"]))
                counted = await _counted(connection)
                lag = await topic.lag()
                links = {link for link in ids if link in counted}
                over = sum(max(0, counted[link] - len(ids[link])) for link in links)
                missing = sum(max(0, len(ids[link]) - counted[link]) for link in links)
                now_s = time.monotonic()
                quiet_since_s = now_s if lag else quiet_since_s
                settled = not lag and (over == missing == 0 or now_s - quiet_since_s > QUIET_S)
                if settled or now_s - began_s > wait_s:
                    break
                await asyncio.sleep(0.1)
            asked_for = await connection.fetchval(_ASKED, _INTO_A_NEW_TABLE)
    finally:
        await connection.close()
    waited = _held(stage) - _MARK["held"]
    clicks = sum(len(ids[link]) for link in links)
    found = {"clicks": clicks, "over": over, "missing": missing, "lag": lag}
    return {**found, "asked": asked_for, "held": waited}


async def _connected(stage: Stage) -> asyncpg.Connection:
    dsn = stage.home.dsn(role=SUPERUSER, database=stage.database)
    return await asyncpg.connect(dsn, timeout=WITHIN_S)


async def _counted(connection: asyncpg.Connection) -> dict[int, int]:
    """Clicks per link of the seed; the grader's own links are not in it."""
    rows = await connection.fetch(
        "SELECT l.id, coalesce(sum(c.clicks), 0)::bigint AS clicks FROM links l"
        " LEFT JOIN click_counts c ON c.link_id = l.id WHERE l.code LIKE 'promo%' GROUP BY l.id"
    )
    return {row["id"]: row["clicks"] for row in rows}


def _held(stage: Stage) -> int:
    """How often the database's answers were made to wait, by the proxy's own count."""
    return held(stage.url("proxy")).get("analytics.postgres", 0)
