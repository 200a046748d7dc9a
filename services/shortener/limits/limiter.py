"""Asking for tokens: from Redis, where all instances share the buckets, in one round trip."""

import asyncio
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from services.kit import logs
from services.kit.redis_link import RedisLink, RedisReplyError, RedisUnavailableError, Script
from services.kit.resp import Word
from services.shortener.limits.bucket import Bucket, Decision, Policy, decide, full, take
from services.shortener.limits.metrics import LimiterMetrics

log = logs.get(__name__)
SCRIPT = Script((Path(__file__).parent / "bucket.lua").read_text())


@dataclass(frozen=True, slots=True)
class Ask:
    """One bucket that a request needs a token from."""

    policy: Policy
    who: str

    @property
    def key(self) -> str:
        """Where the bucket stands in Redis."""
        return f"bucket:{self.policy.name}:{self.who}"


class Buckets(Protocol):
    """Somewhere that buckets are kept."""

    async def take(self, asks: list[Ask]) -> list[Decision]:
        """A token from every bucket, or from none."""


class LimiterUnavailable(Exception):  # noqa: N818 - a state of the world, not of our code
    """The buckets cannot be reached now."""


@dataclass(frozen=True, slots=True)
class RedisBuckets:
    """Buckets that all instances share."""

    redis: RedisLink
    timeout_s: float

    async def take(self, asks: list[Ask]) -> list[Decision]:
        """Run the script: all buckets in one round trip, decided on Redis's clock."""
        numbers: list[Word] = []
        for ask in asks:
            numbers += [str(ask.policy.capacity), repr(ask.policy.refill_per_s)]
        try:
            async with asyncio.timeout(self.timeout_s):
                answer = await self.redis.run(SCRIPT, [ask.key for ask in asks], numbers)
        except (RedisUnavailableError, RedisReplyError, TimeoutError) as error:
            raise LimiterUnavailable(str(error)) from error
        assert isinstance(answer, list)
        return [
            decide(ask.policy, float(answer[2 * i + 1]), answer[2 * i] == 1)
            for i, ask in enumerate(asks)
        ]


@dataclass(slots=True)
class LocalBuckets:
    """Buckets of this process alone, the least recently used forgotten first.

    The stand-in where letting everyone through is not an option: guessing passwords.
    """

    keep: int = 10_000
    _buckets: OrderedDict[str, Bucket] = field(default_factory=OrderedDict)

    async def take(self, asks: list[Ask]) -> list[Decision]:
        """The same rule as in Redis: from all or from none."""
        now_s = time.monotonic()
        tried = [
            take(a.policy, self._buckets.get(a.key, full(a.policy, now_s)), now_s) for a in asks
        ]
        if all(decision.allowed for _, decision in tried):
            for ask, (bucket, _) in zip(asks, tried, strict=True):
                self._buckets[ask.key] = bucket
                self._buckets.move_to_end(ask.key)
            while len(self._buckets) > self.keep:
                self._buckets.popitem(last=False)
        return [decision for _, decision in tried]


@dataclass(frozen=True, slots=True)
class Limiter:
    """Buckets, and what happens when they cannot be reached."""

    shared: Buckets
    metrics: LimiterMetrics
    fallback: Buckets | None = None  # None: fail open, everyone is let through

    async def take(self, asks: list[Ask]) -> list[Decision]:
        """Decide. An empty list means: nobody could be asked, go on."""
        try:
            decisions = await self.shared.take(asks)
        except LimiterUnavailable:
            self.metrics.unavailable(asks[0].policy.name)
            if self.fallback is None:
                return []
            decisions = await self.fallback.take(asks)
        for decision in decisions:
            self.metrics.decided(decision.policy.name, decision.allowed)
        return decisions
