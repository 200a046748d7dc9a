"""Single-flight: requests of this process that want the same thing at the same time share one read.

The work runs in a task of its own. Whoever asked first is a waiter like all the others, so a
caller who hangs up takes nobody else down, and the read still finishes and fills the cache.
An error reaches everybody who waited for that read, and nobody who comes later.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

V = TypeVar("V")


class SingleFlight(Generic[V]):
    """At most one flight per key."""

    def __init__(self) -> None:
        self._flights: dict[str, asyncio.Task[V]] = {}

    def __contains__(self, key: str) -> bool:
        """Whether a flight for this key is in the air."""
        return key in self._flights

    async def run(self, key: str, work: Callable[[], Coroutine[Any, Any, V]]) -> V:
        """Join the flight for this key, or start it."""
        flight = self._flights.get(key)
        if flight is None:
            flight = asyncio.create_task(work(), name=f"flight {key}")
            self._flights[key] = flight
            flight.add_done_callback(lambda landed: self._landed(key, landed))
        # shield: cancelling a waiter must not cancel what the others wait for
        return await asyncio.shield(flight)

    def _landed(self, key: str, flight: asyncio.Task[V]) -> None:
        del self._flights[key]
        if not flight.cancelled():
            flight.exception()  # seen: it is not "never retrieved" when all waiters have left
