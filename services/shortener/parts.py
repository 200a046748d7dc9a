"""The parts of one shortener, put together in one place and opened in one order."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from services.kit.health import Check
from services.kit.postgres import Database
from services.kit.redis_link import RedisLink
from services.kit.service import Service
from services.kit.worker import Worker, running
from services.shortener.auth.access_tokens import AccessTokens
from services.shortener.auth.metrics import PasswordMetrics
from services.shortener.auth.passwords import HashingCost, Passwords
from services.shortener.auth.refresh_tokens import RefreshTokens
from services.shortener.auth.sessions import Sessions
from services.shortener.housekeeping import Housekeeping
from services.shortener.idempotency import IdempotencyKeys
from services.shortener.limits.bucket import Policy
from services.shortener.limits.guards import Guards
from services.shortener.limits.limiter import Limiter, LocalBuckets, RedisBuckets
from services.shortener.limits.metrics import LimiterMetrics
from services.shortener.redirects import parts as redirect_parts
from services.shortener.safety.check import EverythingIsSafe, SafetyCheck
from services.shortener.safety.gate import SafetyGate
from services.shortener.safety.partner import Partner, new_partner
from services.shortener.settings import ShortenerSettings


@dataclass(frozen=True, slots=True)
class Parts:
    """What the routes are built on. Nothing here is connected until `opened`."""

    settings: ShortenerSettings
    service: Service
    database: Database
    redis: RedisLink
    sessions: Sessions
    guards: Guards
    safety: SafetyGate
    keys: IdempotencyKeys
    redirects: redirect_parts.Redirects


REDIS_AWAITED_S = 0.5


def build(settings: ShortenerSettings, service: Service) -> Parts:
    """Choose each part."""
    database = Database(
        settings.postgres_dsn.get_secret_value(),
        settings.instance,
        service.registry,
        settings.pool_limits,
    )
    redis = redirect_parts.link_to_redis(settings.redis_url, settings, service)
    service.health.checks += _checks(database, redis)
    return Parts(
        settings=settings,
        service=service,
        database=database,
        redis=redis,
        sessions=_sessions(settings, service, database),
        guards=_guards(settings, service, redis),
        safety=SafetyGate(_partner(settings, service), _own_hosts(settings)),
        keys=IdempotencyKeys(database, timedelta(seconds=settings.idempotency_takeover_s)),
        redirects=redirect_parts.build(
            settings=settings,
            service=service,
            database=database,
            redis=redis,
            postgres_dsn=settings.postgres_dsn.get_secret_value(),
            redis_url=settings.redis_url,
            kafka_bootstrap=settings.kafka_bootstrap,
        ),
    )


def _checks(database: Database, redis: RedisLink) -> list[Check]:
    """What an instance looks for before it joins. Without Redis it can serve."""
    return [
        Check("postgres", database.ping),
        Check("redis", lambda: redis.command("PING"), required=False),
    ]


def _sessions(settings: ShortenerSettings, service: Service, database: Database) -> Sessions:
    cost = HashingCost(
        settings.password_time_cost, settings.password_memory_kib, settings.password_parallelism
    )
    return Sessions(
        database,
        Passwords(
            settings.password_workers,
            settings.password_queue,
            cost,
            PasswordMetrics(service.registry),
        ),
        AccessTokens(settings.jwt_secret.get_secret_value(), settings.access_token_s),
        RefreshTokens(database, timedelta(seconds=settings.refresh_token_s)),
    )


def _guards(settings: ShortenerSettings, service: Service, redis: RedisLink) -> Guards:
    shared = RedisBuckets(redis, settings.limiter_timeout_s)
    metrics = LimiterMetrics(service.registry)
    return Guards(
        api=Limiter(shared, metrics),
        login=Limiter(shared, metrics, fallback=LocalBuckets()),
        per_user=Policy("user", settings.api_burst, settings.api_per_minute),
        per_account=Policy("account", settings.login_burst, settings.login_per_minute),
        per_address=Policy("address", settings.address_burst, settings.address_per_minute),
    )


def _partner(settings: ShortenerSettings, service: Service) -> SafetyCheck:
    if not settings.partner_url:
        return EverythingIsSafe()
    return new_partner(settings.partner_url, settings, service.registry)


def _own_hosts(settings: ShortenerSettings) -> frozenset[str]:
    host = urlsplit(settings.public_base_url).hostname
    return frozenset({host} if host else ())


@asynccontextmanager
async def opened(parts: Parts) -> AsyncIterator[None]:
    """Open what has connections; close it in the other order."""
    async with AsyncExitStack() as stack:
        await parts.database.open()
        stack.push_async_callback(parts.database.close)
        parts.redis.start()
        stack.push_async_callback(parts.redis.close)
        await _connected(parts.redis)
        await parts.sessions.passwords.open()
        stack.callback(parts.sessions.passwords.close)
        housekeeping = Housekeeping(parts.database)
        await stack.enter_async_context(
            running(Worker("housekeeping", housekeeping.run_once, idle_s=600))
        )
        if isinstance(partner := parts.safety.partner, Partner):
            partner.attempts.open()
            stack.push_async_callback(partner.attempts.close)
        await stack.enter_async_context(redirect_parts.opened(parts.redirects))
        yield


async def _connected(redis: RedisLink) -> None:
    """Give Redis a moment, so that the first requests are limited like all others; then go on."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(REDIS_AWAITED_S):
            while not redis.connected:
                await asyncio.sleep(0.01)
