"""After a commit: the caches learn what the link is now.

The new version is written over the old one, in Redis and so (by tracking) in every process. Redis
may be out of reach for us in that moment. Then the other instances are told the long way
(`notices.py`), and we try again until what the link is by then arrives or until every older entry
has expired by itself: the TTL is the back-stop. What it is by then, read again: another instance
may have changed it since, and a Redis that was restarted in between knows of no newer version.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from contextvars import Context

from services.kit import logs
from services.kit.bulkhead import BulkheadFullError
from services.kit.postgres import DatabaseUnavailable
from services.shortener.links.model import Link
from services.shortener.redirects.entry import Entry
from services.shortener.redirects.metrics import RedirectMetrics
from services.shortener.redirects.near_cache import NearCache
from services.shortener.redirects.resolve import Resolver, stored

log = logs.get(__name__)
RETRY_EVERY_S = 0.1
LATE_AT_MOST = 10_000


class CacheUpdates:
    """Tells the caches; call it after the commit, never before."""

    def __init__(
        self,
        resolver: Resolver,
        near: NearCache[Entry] | None,
        metrics: RedirectMetrics,
        *,
        tell_others: Callable[[str], Awaitable[bool]],
        expired_after_s: float,
    ) -> None:
        self._resolver = resolver
        self._near = near
        self._metrics = metrics
        self._tell_others = tell_others
        self._expired_after_s = expired_after_s
        self._late: dict[str, float] = {}
        self._worker: asyncio.Task[None] | None = None

    async def changed(self, link: Link) -> None:
        """This is the link now, perhaps deleted."""
        entry = Entry.of_row(link.id, link.url, link.version, link.expires_at, link.deleted_at)
        if self._near is not None:
            self._near.drop(link.code_key)  # who edits here reads here; the others are told
        if not stored(await self._resolver.store(link.code_key, entry)):
            self._try_again_later(link.code_key)
            await self._tell_others(link.code_key)

    async def close(self) -> None:
        """Stop trying. What is late now is left to the TTL."""
        if self._worker is not None:
            self._worker.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._worker

    def _try_again_later(self, key: str) -> None:
        self._metrics.updates_late.inc()
        if len(self._late) >= LATE_AT_MOST:
            del self._late[next(iter(self._late))]
        self._late[key] = asyncio.get_running_loop().time() + self._expired_after_s
        if self._worker is None or self._worker.done():
            # In a context of its own: it is no part of the request that found Redis away.
            self._worker = asyncio.create_task(
                self._retry(), name="late cache updates", context=Context()
            )

    async def _retry(self) -> None:
        loop = asyncio.get_running_loop()
        while self._late:
            await asyncio.sleep(RETRY_EVERY_S)
            for key, until_s in list(self._late.items()):
                if not await self._arrives(key) and loop.time() < until_s:
                    break  # Redis is still away: no use in asking for the others
                if self._late.get(key) == until_s:  # it was not late again meanwhile
                    del self._late[key]

    async def _arrives(self, key: str) -> bool:
        try:
            return await self._resolver.bring(key)
        except (DatabaseUnavailable, BulkheadFullError):
            return False
