"""Sorting a batch: what to store, what to park. Pure.

A message may come twice, also within one batch: it is stored once, by its id.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import NamedTuple
from uuid import UUID

from services.analytics.messages import Click, LinkEvent, Poison, Received, read


@dataclass(frozen=True, slots=True)
class Parked:
    """A message that is put aside, and why."""

    message: Received
    reason: str


@dataclass(slots=True)
class Batch:
    """Messages, sorted by what is to become of them."""

    clicks: dict[UUID, Click] = field(default_factory=dict)
    link_events: dict[UUID, LinkEvent] = field(default_factory=dict)
    parked: list[Parked] = field(default_factory=list)
    repeated: Counter[str] = field(default_factory=Counter)
    size: int = 0

    def event_ids(self) -> list[UUID]:
        """All ids in one order: two consumers with the same messages must not deadlock."""
        return sorted((*self.clicks, *self.link_events), key=attrgetter("int"))


def sort(messages: Iterable[Received]) -> Batch:
    """Read every message; what cannot be read is parked."""
    batch = Batch()
    for message in messages:
        batch.size += 1
        try:
            content = read(message)
        except Poison as poison:
            batch.parked.append(Parked(message, str(poison)))
            continue
        if content.event_id in batch.clicks or content.event_id in batch.link_events:
            batch.repeated[message.topic] += 1
        elif isinstance(content, Click):
            batch.clicks[content.event_id] = content
        else:
            batch.link_events[content.event_id] = content
    return batch


class Count(NamedTuple):
    """Clicks on one link in one hour. A tuple: a batch sorts a thousand of them."""

    link_id: int
    code: str
    hour: datetime


def counts(clicks: Iterable[Click], fresh: Collection[UUID]) -> list[tuple[Count, int]]:
    """Add up the clicks that were not counted before; in one order, again for the locks' sake."""
    added = Counter(Count(c.link_id, c.code, c.hour) for c in clicks if c.event_id in fresh)
    return sorted(added.items())
