"""A bulkhead: one dependency's trouble may fill its own compartment and no other.

At most `places` calls are in flight, at most `queue` more wait for a place, none of them longer
than `wait_s`. What does not fit is refused at once: a caller who is told "not now" can go on, one
who waits in an unbounded queue only makes the queue longer. Under an overload that lasts, even a
bounded queue is full of people who have gone: `shedding.py` keeps it short then.
"""

import asyncio
import math
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.kit.shedding import Shedding
from services.kit.telemetry import span


class BulkheadFullError(Exception):
    """No place, and no room (or no more patience) to wait for one."""


class Bulkhead:
    """A bounded number of places with a bounded queue in front."""

    def __init__(
        self, places: int, *, queue: int, wait_s: float, standing_wait_s: float | None = None
    ) -> None:
        self._places = asyncio.Semaphore(places)
        self._queue = queue
        self._wait_s = wait_s
        self._shedding = Shedding(
            places,
            stands_after_s=wait_s,  # nobody who waits now was there when the queue began
            wait_s=math.inf if standing_wait_s is None else standing_wait_s,
        )
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
        began_s = time.monotonic()
        try:
            yield
        finally:
            self.in_flight -= 1
            self._shedding.held(time.monotonic() - began_s)
            self._places.release()

    def check(self) -> None:
        """Ask beforehand, without taking anything, whether whoever comes now is refused at once.

        Raises:
            BulkheadFullError: the queue is full, or stands and is long enough.
        """
        if not self._places.locked():
            return
        if self.waiting >= self._queue:
            raise BulkheadFullError("the queue is full")
        if self._shedding.refuses(self.waiting, time.monotonic()):
            raise BulkheadFullError("the queue stands, and is long enough")

    async def _enter(self) -> None:
        self.check()
        if not self._places.locked():
            await self._places.acquire()  # free: does not wait
            return
        began_s = time.monotonic()
        await self._wait()
        now_s = time.monotonic()
        if self._shedding.is_too_late(now_s - began_s, now_s):
            self._places.release()
            raise BulkheadFullError("the place came too late")

    async def _wait(self) -> None:
        self.waiting += 1
        self._shedding.saw(self.waiting, time.monotonic())
        try:
            with span("wait for a place"):
                async with asyncio.timeout(self._wait_s):
                    await self._places.acquire()
        except TimeoutError as error:
            raise BulkheadFullError(f"no place within {self._wait_s:g} s") from error
        finally:
            self.waiting -= 1
            self._shedding.saw(self.waiting, time.monotonic())
