"""The relay's app: health and metrics over HTTP, the work beside it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from opentelemetry.sdk.trace.export import SpanExporter

from services.kit import logs
from services.kit.health import Check
from services.kit.postgres import Database
from services.kit.service import Service, new_service
from services.kit.worker import Worker, running
from services.relay.metrics import RelayMetrics
from services.relay.outbox import Outbox
from services.relay.publisher import Publisher
from services.relay.relay import Relay
from services.relay.settings import RelaySettings

log = logs.get(__name__)
LAG_EVERY_S = 1.0


def create_service(settings: RelaySettings, exporter: SpanExporter | None = None) -> Service:
    """The process's shared parts under the relay's name."""
    return new_service("relay", settings, exporter)


def create_relay(settings: RelaySettings, service: Service) -> Relay:
    """Put the relay together. Nothing is connected."""
    database = Database(
        settings.postgres_dsn.get_secret_value(),
        settings.instance,
        service.registry,
        settings.pool_limits,
    )
    publisher = Publisher(
        settings.kafka_bootstrap,
        client_id=settings.instance,
        within_s=settings.publish_within_s,
    )
    service.health.checks.append(Check("postgres", database.ping))
    # Kafka away is no reason to restart us or to page anybody about us: the outbox waits.
    service.health.checks.append(Check("kafka", publisher.check, required=False))
    metrics = RelayMetrics(service.registry)
    return Relay(
        Outbox(database), publisher, service.telemetry, metrics, batch_rows=settings.batch_rows
    )


def create_app(settings: RelaySettings, service: Service | None = None) -> FastAPI:
    """Build the app. The work starts with it and ends before it does."""
    service = service or create_service(settings)
    relay = create_relay(settings, service)

    @asynccontextmanager
    async def lifespan() -> AsyncIterator[None]:
        async with opened(relay), running(*_workers(settings, relay)):
            yield

    return service.app(lifespan, title="Short Circuit: the relay")


@asynccontextmanager
async def opened(relay: Relay) -> AsyncIterator[Relay]:
    """Open the pool; at the end close what was connected."""
    await relay.outbox.database.open()
    try:
        yield relay
    finally:
        await relay.publisher.close()
        await relay.outbox.database.close()


def _workers(settings: RelaySettings, relay: Relay) -> list[Worker]:
    workers = [Worker("lag", relay.measure_lag, idle_s=LAG_EVERY_S)]
    if settings.kafka_bootstrap:
        workers.append(Worker("relay", relay.run_once, idle_s=settings.poll_s))
    else:
        log.warning("there is no Kafka: the outbox waits")
    return workers
