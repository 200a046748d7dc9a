"""A cache in the process itself, kept honest by Redis.

Redis pushes the key of every change over a connection of its own (`tracking.py`). Three rules make
that safe:

1. An entry is served only while a PING on that connection was answered lately. A network that
   swallows everything would otherwise lose an invalidation for ever, on a connection that looks
   fine. What counts is when the answered PING was SENT: everything that Redis pushed before it
   has arrived with the answer.
2. A value that was asked for before its key was invalidated may be the old one, because the value
   and the push travel on two connections. So every fill carries a ticket, an invalidation takes
   the ticket away, and without its ticket the value is not kept.
3. When the connection is lost, everything is forgotten.
"""

from dataclasses import dataclass
from typing import Generic, TypeVar

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class _Kept(Generic[V]):
    value: V
    until_s: float


class NearCache(Generic[V]):
    """Bounded; the oldest entry makes room. Times are of a monotonic clock, given by the caller."""

    def __init__(self, *, entries_at_most: int, trusted_for_s: float = 0.5) -> None:
        self._entries_at_most = entries_at_most
        self._trusted_for_s = trusted_for_s
        self._trusted_until_s = 0.0
        self._kept: dict[str, _Kept[V]] = {}
        self._tickets: dict[str, object] = {}

    def __len__(self) -> int:
        """Entries held."""
        return len(self._kept)

    def get(self, key: str, now_s: float) -> V | None:
        """The value, if it may be served now."""
        if now_s >= self._trusted_until_s:  # rule 1
            return None
        kept = self._kept.get(key)
        if kept is None or now_s >= kept.until_s:
            return None
        return kept.value

    def ticket(self, key: str, now_s: float) -> object | None:
        """Ask for it BEFORE the value is asked for (rule 2); None: do not keep the value."""
        if now_s >= self._trusted_until_s:
            return None
        if len(self._tickets) >= self._entries_at_most:
            self._tickets.clear()
        ticket = self._tickets[key] = object()
        return ticket

    def keep(self, key: str, value: V, ticket: object | None, until_s: float) -> None:
        """Keep a value, if its key was not invalidated since the ticket was given."""
        if ticket is None or self._tickets.get(key) is not ticket:
            return
        del self._tickets[key]
        self._kept.pop(key, None)
        if len(self._kept) >= self._entries_at_most:
            del self._kept[next(iter(self._kept))]
        self._kept[key] = _Kept(value, until_s)

    def drop(self, key: str) -> None:
        """Redis says that this key changed."""
        self._kept.pop(key, None)
        self._tickets.pop(key, None)

    def clear(self) -> None:
        """Anything may have changed (rule 3)."""
        self._kept.clear()
        self._tickets.clear()
        self._trusted_until_s = 0.0

    def trust(self, ping_sent_s: float) -> None:
        """A PING that was sent then has been answered."""
        self._trusted_until_s = max(self._trusted_until_s, ping_sent_s + self._trusted_for_s)
