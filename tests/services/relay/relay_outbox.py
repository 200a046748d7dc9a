"""A relay in this process, over a real outbox."""

import contextlib
import json
import uuid
from collections.abc import AsyncIterator

import asyncpg
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from services.relay.app import create_relay, create_service, opened
from services.relay.relay import Relay
from services.relay.settings import RelaySettings


@contextlib.asynccontextmanager
async def a_relay(dsn: str, bootstrap: str, **changes: object) -> AsyncIterator[Relay]:
    given = {"instance": "relay", "postgres_dsn": dsn, "kafka_bootstrap": bootstrap}
    settings = RelaySettings(**(given | {"trace_ratio": 0} | changes))
    service = create_service(settings, InMemorySpanExporter())
    try:
        async with opened(create_relay(settings, service)) as relay:
            yield relay
    finally:
        service.telemetry.shutdown()


async def write_event(
    sql: asyncpg.Connection, key: str, number: int = 0, traceparent: str | None = None
) -> uuid.UUID:
    """What the shortener does in the transaction of a link."""
    return await sql.fetchval(
        "INSERT INTO outbox (key, type, payload, traceparent) VALUES ($1, $2, $3, $4)"
        " RETURNING event_id",
        key,
        "link.changed",
        json.dumps({"code": key, "version": number}),
        traceparent,
    )
