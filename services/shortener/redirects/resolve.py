"""From a code to where it leads: look nearby, then in Redis, then read PostgreSQL.

Each policy is a module of its own; this one only says in which order they are asked:

    near_cache   this process remembers, and Redis tells it when to forget     (NEAR_CACHE)
    cache        Redis remembers; an older answer never replaces a newer one
    stale        an old entry is served while one request renews it            (SERVE_STALE)
    early_refresh  one request, by lot, renews an entry before it is old       (EARLY_REFRESH)
    singleflight requests of this process share one read
    lease        instances share one read                                      (LEASE)
    loader       the read itself, behind a bulkhead
    ttl, negative  for how long the answer is kept

Redis is optional: without it every look is a miss, and the bulkhead keeps PostgreSQL alive.
PostgreSQL is not: an error there is never taken for "no such link".
"""

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from services.kit import logs
from services.shortener.links.codes import lookup_keys
from services.shortener.redirects import early_refresh, negative, stale, ttl
from services.shortener.redirects.cache import EntryCache
from services.shortener.redirects.entry import NO_ROW, Entry
from services.shortener.redirects.lease import Lease
from services.shortener.redirects.loader import Loader
from services.shortener.redirects.metrics import RedirectMetrics, Source
from services.shortener.redirects.near_cache import NearCache
from services.shortener.redirects.singleflight import SingleFlight

log = logs.get(__name__)


@dataclass(frozen=True, slots=True)
class Freshness:
    """How old an answer may be."""

    ttl_s: float = 60.0
    negative_ttl_s: float = 5.0
    stale_window_s: float = 0.0  # 0: an entry leaves Redis when its TTL is over
    refresh_early: bool = False


def stored(entry: Entry) -> bool:
    """Whether Redis has it: what it does not hold has no lifetime."""
    return entry.stale_from_s > 0


class Resolver:
    """Answers what a code leads to."""

    def __init__(  # noqa: PLR0913 - the parts, each by its name
        self,
        *,
        cache: EntryCache,
        loader: Loader,
        near: NearCache[Entry] | None,
        lease: Lease | None,
        freshness: Freshness,
        metrics: RedirectMetrics,
        clock: Callable[[], float] = time.time,
        roll: Callable[[], float] = random.random,
    ) -> None:
        self._cache = cache
        self._loader = loader
        self._near = near
        self._lease = lease
        self._freshness = freshness
        self._metrics = metrics
        self._clock = clock
        self._roll = roll
        self._flights: SingleFlight[Entry] = SingleFlight()
        self._background: set[asyncio.Task[Entry]] = set()

    def nearby(self, code: str) -> Entry | None:
        """What this process remembers; never waits. Only a code that is its own key is found."""
        entry = self._near.get(code, time.monotonic()) if self._near else None
        if entry is not None:
            self._metrics.answers[Source.NEAR].inc()
        return entry

    async def resolve(self, code: str) -> Entry:
        """The entry of a visitor's code; one without a URL when it leads nowhere.

        Raises:
            DatabaseUnavailable, BulkheadFullError: nobody could say. That is not "no such link".
        """
        entry = NO_ROW
        for key in lookup_keys(code):
            entry = await self._of_key(key)
            if entry.version:  # there is a row, perhaps a deleted one: look no further
                break
        return entry

    async def read_again(self, key: str) -> None:
        """Somebody says that this link has changed: forget it here, and bring it to Redis."""
        if self._near is not None:
            self._near.drop(key)
        await self._load_and_store(key)

    async def _of_key(self, key: str) -> Entry:
        if self._near is None:
            return await self._cached_or_loaded(key)
        now_s = time.monotonic()
        if (kept := self._near.get(key, now_s)) is not None:
            self._metrics.answers[Source.NEAR].inc()
            return kept
        ticket = self._near.ticket(key, now_s)  # before the value is asked for: see there
        entry = await self._cached_or_loaded(key)
        fresh_s = min(entry.stale_from_s - self._clock(), self._freshness.ttl_s)
        self._near.keep(key, entry, ticket, time.monotonic() + fresh_s)
        return entry

    async def _cached_or_loaded(self, key: str) -> Entry:
        entry = await self._cache.get(key)
        if entry is None:
            entry = await self._flights.run(key, partial(self._load, key))
            self._metrics.answers[Source.POSTGRES].inc()
            return entry
        now_s = self._clock()
        if self._freshness.stale_window_s and stale.is_stale(entry, now_s):
            self._refresh_behind(key)
            self._metrics.answers[Source.STALE].inc()
            return entry
        if self._freshness.refresh_early and early_refresh.is_due(entry, now_s, self._roll()):
            self._refresh_behind(key)
        self._metrics.answers[Source.REDIS].inc()
        return entry

    async def _load(self, key: str) -> Entry:
        if self._lease is None:
            return await self._load_and_store(key)
        self._loader.check()  # a refusal is cheap: no lease is taken for it
        token = await self._lease.take(key)
        if token is None:
            self._metrics.leases_refused.inc()
            entry = await self._lease.wait(partial(self._fresh_from_cache, key))
            return entry if entry is not None else await self._load_and_store(key)
        try:
            return await self._load_and_store(key)
        finally:
            await self._lease.give_back(key, token)

    async def _load_and_store(self, key: str) -> Entry:
        life = self._cache.life
        entry = await self._loader.load(key)  # an error leaves here: it is never stored
        if life != self._cache.life:  # an edit since then may have reached the Redis before
            return entry
        return await self.store(key, entry)

    async def store(self, key: str, entry: Entry) -> Entry:
        """Put an answer into Redis with its lifetime; what Redis holds then, perhaps newer.

        Where Redis cannot be asked the answer comes back as it is: good for whoever waits for it,
        without a lifetime, so that nobody keeps it.
        """
        lifetime_s = ttl.jittered(
            negative.lifetime_s(
                entry,
                ttl_s=self._freshness.ttl_s,
                negative_ttl_s=self._freshness.negative_ttl_s,
            ),
            self._roll(),
        )
        stamped = replace(entry, stale_from_s=round(self._clock() + lifetime_s, 3))
        keep_s = stale.kept_for_s(lifetime_s, self._freshness.stale_window_s)
        held = await self._cache.put(key, stamped, keep_s)
        if held is None:
            self._metrics.not_stored.inc()
            return entry
        return held

    async def bring(self, key: str) -> bool:
        """Read what the link is now, and bring that to Redis; whether it is there.

        Raises:
            DatabaseUnavailable, BulkheadFullError: nobody could say what it is.
        """
        return self._cache.connected and stored(await self._load_and_store(key))

    async def _fresh_from_cache(self, key: str) -> Entry | None:
        entry = await self._cache.get(key)
        return None if entry is None or stale.is_stale(entry, self._clock()) else entry

    def _refresh_behind(self, key: str) -> None:
        """Read in the background, once; whoever asked is not kept waiting."""
        if key in self._flights:
            return
        task = asyncio.create_task(self._flights.run(key, partial(self._load, key)))
        self._background.add(task)
        task.add_done_callback(self._refreshed)
        self._metrics.refreshes.inc()

    def _refreshed(self, task: asyncio.Task[Entry]) -> None:
        self._background.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.warning("background refresh failed", error=repr(error))
