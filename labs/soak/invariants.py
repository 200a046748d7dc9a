"""What must be true once everything has recovered. Pure: figures in, sentences out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from labs.soak.memory import GONE, KnownLink


@dataclass(frozen=True, slots=True)
class Event:
    """An event, as it stands in the outbox or in Kafka."""

    id: str
    key: str
    type: str
    url: str


@dataclass(frozen=True, slots=True)
class Clicks:
    """What became of the clicks of one schedule."""

    redirected: int
    unanswered: int
    counted: int
    dropped: int
    kills: int  # of processes that hold clicks in memory
    buffer: int  # clicks that one of them may hold


def links_resolve(links: Iterable[KnownLink], seen: Mapping[str, str], by: str) -> list[str]:
    """Every acknowledged link leads to what was last acknowledged (RFC 9110: 302, or 404/410)."""
    return [
        f"{by}: /{link.code} is {seen.get(link.code, '(no answer)')}, not {_one_of(link.may_be)}"
        for link in links
        if seen.get(link.code) not in link.may_be
    ]


def events_match(outbox: Sequence[Event], kafka: Sequence[Event]) -> list[str]:
    """The set of events in Kafka is the set of committed outbox rows."""
    rows, messages = {e.id for e in outbox}, {e.id for e in kafka}
    lost = [f"event {e.id} of {e.key} never reached Kafka" for e in outbox if e.id not in messages]
    invented = [f"event {e.id} of {e.key} was never committed" for e in kafka if e.id not in rows]
    return lost + sorted(set(invented))


def order_kept(outbox: Sequence[Event], kafka: Sequence[Event]) -> list[str]:
    """Per key, first occurrences in Kafka come in the order of the outbox."""
    wanted, found = _by_key(outbox), _by_key(kafka)
    return [
        f"events of {key} came in another order than they were committed"
        for key, ids in found.items()
        if ids != [one for one in wanted.get(key, []) if one in set(ids)]
    ]


def created_once(outbox: Sequence[Event]) -> list[str]:
    """One Idempotency-Key, one link: a creation that was tried again made no second one."""
    urls: dict[str, int] = {}
    for event in outbox:
        if event.type == "link.created":
            urls[event.url] = urls.get(event.url, 0) + 1
    return [f"{url} was created {times} times" for url, times in urls.items() if times > 1]


def clicks_add_up(clicks: Clicks) -> list[str]:
    """0 <= clicks - counted - dropped <= kills times one buffer."""
    accounted = clicks.counted + clicks.dropped
    most = clicks.redirected + clicks.unanswered
    if accounted > most:
        return [f"{accounted} clicks were counted or dropped, and there were at most {most}"]
    lost, allowed = clicks.redirected - accounted, clicks.kills * clicks.buffer
    if lost > allowed:
        return [f"{lost} clicks are gone uncounted; {clicks.kills} kills allow {allowed}"]
    return []


def _by_key(events: Iterable[Event]) -> dict[str, list[str]]:
    """Return key -> ids, first occurrences only, in the order given."""
    ids: dict[str, dict[str, None]] = {}
    for event in events:
        ids.setdefault(event.key, {})[event.id] = None
    return {key: list(seen) for key, seen in ids.items()}


def _one_of(values: Iterable[str]) -> str:
    return " or ".join(sorted("deleted" if value == GONE else value for value in values))
