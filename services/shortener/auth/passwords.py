"""Passwords: argon2 in a bounded executor, never on the event loop.

A hash takes about a tenth of a second of CPU and 64 MiB on purpose. On the event loop it would
stop every redirect for that long; in an unbounded executor a burst of logins would take the
machine. So few hash at once, a bounded number waits, and the rest is told to come back.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from services.kit.bulkhead import Bulkhead, BulkheadFullError
from services.kit.telemetry import span
from services.shortener.auth.metrics import PasswordMetrics
from services.shortener.problems import TooBusy

MIN_LENGTH, MAX_LENGTH = 8, 128  # an unbounded password is an unbounded amount of work
WAIT_S = 10.0
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class HashingCost:
    """What one hash costs; the defaults are RFC 9106's second recommendation."""

    time_cost: int = 3
    memory_kib: int = 65_536
    parallelism: int = 4


class Passwords:
    """Hashes and verifies, a few at a time."""

    def __init__(
        self, workers: int, queue: int, cost: HashingCost, metrics: PasswordMetrics
    ) -> None:
        self._argon2 = PasswordHasher(cost.time_cost, cost.memory_kib, cost.parallelism)
        self._executor = ThreadPoolExecutor(workers, thread_name_prefix="argon2")
        self._bulkhead = Bulkhead(workers, queue=queue, wait_s=WAIT_S)
        self._metrics = metrics
        metrics.waiting.set_function(lambda: self._bulkhead.waiting)
        self._nobodys_hash: str | None = None

    async def open(self) -> None:
        """Hash something that nobody's password equals; see `verify`."""
        self._nobodys_hash = await self.hash("nobody's password")

    def close(self) -> None:
        """Let the hash in hand finish in its thread; start no other."""
        self._executor.shutdown(wait=False, cancel_futures=True)

    async def hash(self, password: str) -> str:
        """A salted hash that carries its own parameters."""
        with span("hash password"):
            return await self._in_executor(lambda: self._argon2.hash(password))

    async def verify(self, stored: str | None, password: str) -> bool:
        """Whether the password fits. With no account (None) it takes just as long to say no.

        Otherwise the time of the answer tells which addresses have an account.
        """
        against = stored or self._nobodys_hash
        if against is None:
            raise RuntimeError("verify() before open()")
        with span("verify password"):
            fits = await self._in_executor(lambda: self._fits(against, password))
        return fits and stored is not None

    def outdated(self, stored: str) -> bool:
        """Whether this hash was made at another cost than today's."""
        return self._argon2.check_needs_rehash(stored)

    def _fits(self, stored: str, password: str) -> bool:
        try:
            return self._argon2.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _in_executor(self, work: Callable[[], Answer]) -> Answer:
        try:
            async with self._bulkhead.place():
                with self._metrics.seconds.time():
                    return await asyncio.get_running_loop().run_in_executor(self._executor, work)
        except BulkheadFullError as error:
            raise TooBusy(retry_after_s=2) from error
