"""The app of analytics: health and metrics over HTTP, the work beside it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from opentelemetry.sdk.trace.export import SpanExporter

from services.analytics.analytics import Analytics, Pace
from services.analytics.consumer import Consumer
from services.analytics.limit import Limit
from services.analytics.metrics import AnalyticsMetrics
from services.analytics.settings import AnalyticsSettings
from services.analytics.store import Store
from services.kit import logs
from services.kit.health import Check
from services.kit.postgres import Database
from services.kit.service import Service, new_service
from services.kit.worker import Worker, running

log = logs.get(__name__)
FORGET_EVERY_S = 30.0


def create_service(settings: AnalyticsSettings, exporter: SpanExporter | None = None) -> Service:
    """The process's shared parts under our name."""
    return new_service("analytics", settings, exporter)


def create_analytics(settings: AnalyticsSettings, service: Service) -> Analytics:
    """Put analytics together. Nothing is connected."""
    database = Database(
        settings.postgres_dsn.get_secret_value(),
        settings.instance,
        service.registry,
        settings.pool_limits,
    )
    consumer = Consumer(
        settings.kafka_bootstrap,
        client_id=settings.instance,
        group=settings.group,
        session_s=settings.session_s,
    )
    analytics = Analytics(
        consumer,
        Store(database),
        service.telemetry,
        AnalyticsMetrics(service.registry),
        Pace(
            settings.batch_messages,
            settings.poll_s,
            Limit(settings.park_at_most_share, settings.park_judge_after),
        ),
    )
    service.health.checks += [
        Check("postgres", database.ping),
        Check("kafka", consumer.check, required=False),
        Check("dead_letters", analytics.check),
    ]
    return analytics


def create_app(settings: AnalyticsSettings, service: Service | None = None) -> FastAPI:
    """Build the app. The work starts with it and ends before it does."""
    service = service or create_service(settings)
    analytics = create_analytics(settings, service)

    @asynccontextmanager
    async def lifespan() -> AsyncIterator[None]:
        async with opened(analytics), running(*_workers(settings, analytics)):
            yield

    return service.app(lifespan, title="Short Circuit: analytics")


@asynccontextmanager
async def opened(analytics: Analytics) -> AsyncIterator[Analytics]:
    """Open the pool; at the end leave the group and close the pool."""
    await analytics.store.database.open()
    try:
        yield analytics
    finally:
        await analytics.consumer.close()
        await analytics.store.database.close()


def _workers(settings: AnalyticsSettings, analytics: Analytics) -> list[Worker]:
    async def forget() -> int:
        return await analytics.store.forget(settings.remember_s)

    workers = [Worker("forget", forget, idle_s=FORGET_EVERY_S)]
    if settings.kafka_bootstrap:
        # Reading waits by itself, so an empty batch needs no further pause.
        workers.append(Worker("analytics", analytics.run_once, idle_s=0.01))
    else:
        log.warning("there is no Kafka: nothing is counted")
    return workers
