"""A bulkhead: one dependency's trouble may fill its own compartment and no other.

At most `places` calls are in flight, at most `queue` more wait for a place, none of them longer
than `wait_s`. What does not fit is refused at once: a caller who is told "not now" can go on, one
who waits in an unbounded queue only makes the queue longer.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.kit.telemetry import span


class BulkheadFullError(Exception):
    """No place, and no room (or no more patience) to wait for one."""


class Bulkhead:
    """A bounded number of places with a bounded queue in front."""

    def __init__(self, places: int, *, queue: int, wait_s: float) -> None:
        self._places = asyncio.Semaphore(places)
        self._queue = queue
        self._wait_s = wait_s
        self.in_flight = 0
        self.waiting = 0

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Hold one place for the length of the block.

        Raises:
            BulkheadFullError: the queue is full, or no place came free in time.
        """
        await self._enter()
        self.in_flight += 1
        try:
            yield
        finally:
            self.in_flight -= 1
            self._places.release()

    async def _enter(self) -> None:
        if not self._places.locked():
            await self._places.acquire()  # free: does not wait
            return
        if self.waiting >= self._queue:
            raise BulkheadFullError("the queue is full")
        self.waiting += 1
        try:
            with span("wait for a place"):
                async with asyncio.timeout(self._wait_s):
                    await self._places.acquire()
        except TimeoutError as error:
            raise BulkheadFullError(f"no place within {self._wait_s:g} s") from error
        finally:
            self.waiting -= 1
