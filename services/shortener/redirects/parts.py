"""The redirects put together from their settings, and opened and closed in one order."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.kit import worker
from services.kit.breaker import Breaker, State
from services.kit.bulkhead import Bulkhead
from services.kit.postgres import Database
from services.kit.redis_link import RedisLink
from services.kit.redis_signals import RedisMetrics
from services.kit.service import Service
from services.shortener.clicks.recorder import ClickMetrics, ClickRecorder
from services.shortener.redirects.cache import EntryCache
from services.shortener.redirects.entry import Entry
from services.shortener.redirects.lease import Lease
from services.shortener.redirects.loader import Loader
from services.shortener.redirects.metrics import RedirectMetrics
from services.shortener.redirects.near_cache import NearCache
from services.shortener.redirects.notices import Notices
from services.shortener.redirects.resolve import Resolver
from services.shortener.redirects.settings import RedirectSettings
from services.shortener.redirects.tracking import Tracking
from services.shortener.redirects.updates import CacheUpdates
from services.shortener.redirects.visits import Visits

if TYPE_CHECKING:
    from services.shortener.clicks.publisher import ClickPublisher


@dataclass(frozen=True, slots=True)
class Redirects:
    """What the rest of the shortener needs of them: `visits` for routes, `updates` for edits."""

    visits: Visits
    updates: CacheUpdates
    notices: Notices
    tracking: Tracking | None
    publisher: ClickPublisher | None
    drain_s: float


def link_to_redis(url: str, settings: RedirectSettings, service: Service) -> RedisLink:
    """The process's one connection for commands. The limiter shares it, and its breaker."""
    is_open = RedirectMetrics.breaker_gauge(service.registry)
    breaker = Breaker(
        settings.redis_breaker,
        roll=random.random,
        on_change=lambda state: is_open.set(state is not State.CLOSED),
    )
    return RedisLink(
        url,
        timeout_s=settings.redis_timeout_s,
        client_name=settings.instance,
        breaker=breaker,
        signals=RedisMetrics(service.registry),
    )


def build(  # noqa: PLR0913 - the parts, each by its name
    *,
    settings: RedirectSettings,
    service: Service,
    database: Database,
    redis: RedisLink,
    postgres_dsn: str,
    redis_url: str,
    kafka_bootstrap: str,
) -> Redirects:
    """Choose the parts; which protections are in is a matter of settings."""
    metrics = RedirectMetrics(service.registry)
    near: NearCache[Entry] | None = None
    tracking: Tracking | None = None
    if settings.near_cache:
        near = NearCache(entries_at_most=settings.near_cache_entries)
        metrics.near_entries.set_function(near.__len__)
        tracking = Tracking(
            redis_url,
            near,
            client_name=f"{settings.instance}-tracking",
            on_drop=metrics.near_dropped.inc,
        )
    bulkhead = Bulkhead(
        settings.loads_at_once,
        queue=settings.loads_queue,
        wait_s=settings.loads_wait_s,
        standing_wait_s=settings.loads_standing_wait_s,
    )
    metrics.loads_limit.set(settings.loads_at_once)
    metrics.loads_waiting.set_function(lambda: bulkhead.waiting)
    resolver = Resolver(
        cache=EntryCache(redis),
        loader=Loader(database, bulkhead, metrics),
        near=near,
        lease=Lease(redis, lease_s=settings.lease_s) if settings.lease else None,
        freshness=settings.freshness,
        metrics=metrics,
    )
    oldest_s = settings.cache_ttl_s * 1.1 + settings.freshness.stale_window_s
    notices = Notices(database, postgres_dsn, settings.instance, resolver.read_again)
    updates = CacheUpdates(
        resolver, near, metrics, tell_others=notices.tell, expired_after_s=oldest_s
    )
    recorder, publisher = _clicks(settings, service, kafka_bootstrap)
    return Redirects(
        visits=Visits(resolver, recorder),
        updates=updates,
        notices=notices,
        tracking=tracking,
        publisher=publisher,
        drain_s=settings.clicks_drain_s,
    )


def _clicks(
    settings: RedirectSettings, service: Service, kafka_bootstrap: str
) -> tuple[ClickRecorder, ClickPublisher | None]:
    metrics = ClickMetrics(service.registry)
    recorder = ClickRecorder(
        metrics, buffer_at_most=settings.clicks_buffer, enabled=bool(kafka_bootstrap)
    )
    if not kafka_bootstrap:
        return recorder, None
    from services.shortener.clicks.publisher import ClickPublisher  # noqa: PLC0415 - aiokafka

    publisher = ClickPublisher(
        kafka_bootstrap, recorder, metrics, client_id=f"{settings.instance}-clicks"
    )
    return recorder, publisher


@asynccontextmanager
async def opened(redirects: Redirects) -> AsyncIterator[None]:
    """Begin to listen and to publish. Neither Redis nor Kafka need be there yet."""
    redirects.notices.start()
    if redirects.tracking is not None:
        redirects.tracking.start()
    publisher = redirects.publisher
    workers = [worker.Worker("clicks", publisher.run_once, idle_s=0.2)] if publisher else []
    try:
        async with worker.running(*workers, stop_within_s=redirects.drain_s):
            yield
    finally:
        if publisher is not None:
            await publisher.close(redirects.drain_s)
        await redirects.notices.close()
        await redirects.updates.close()
        if redirects.tracking is not None:
            await redirects.tracking.close()
