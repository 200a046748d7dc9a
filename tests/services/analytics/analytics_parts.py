"""Analytics in this process, over real servers, and a sender of clicks."""

import contextlib
import json
import uuid
from collections.abc import AsyncIterator

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from services.analytics.analytics import Analytics
from services.analytics.app import create_analytics, create_service, opened
from services.analytics.settings import AnalyticsSettings
from stack.components.kafka import PARTITIONS
from tests.brokers import Broker

AT = "2026-11-20T10:15:00.000+00:00"


@contextlib.asynccontextmanager
async def an_analytics(dsn: str, bootstrap: str, **changes: object) -> AsyncIterator[Analytics]:
    given = {
        "instance": "analytics",
        "postgres_dsn": dsn,
        "kafka_bootstrap": bootstrap,
        "trace_ratio": 0,
        "session_s": 1,
        "group": f"test-{uuid.uuid4().hex[:8]}",
    }
    settings = AnalyticsSettings(**(given | changes))
    service = create_service(settings, InMemorySpanExporter())
    try:
        async with opened(create_analytics(settings, service)) as analytics:
            yield analytics
    finally:
        service.telemetry.shutdown()


class Sender:
    """What the shorteners' click buffers do, for one link that exists."""

    def __init__(self, producer: AIOKafkaProducer, link_id: int, code: str) -> None:
        self.producer = producer
        self.link_id = link_id
        self.code = code

    async def click(self, event_id: str | None = None, **changes: object) -> str:
        event_id = event_id or str(uuid.uuid4())
        click = {
            "event_id": event_id,
            "type": "link.clicked",
            "code": self.code,
            "link_id": self.link_id,
            "clicked_at": AT,
        }
        await self.raw(json.dumps(click | changes).encode())
        return event_id

    async def raw(self, value: bytes | None, topic: str = "clicks", **options: object) -> None:
        await self.producer.send_and_wait(topic, value, key=self.code.encode(), **options)


async def a_link(sql: asyncpg.Connection, code: str) -> int:
    account = await sql.fetchval(
        "INSERT INTO accounts (email, email_key, password_hash) VALUES ($1, $1, '') RETURNING id",
        f"{code}@example.com",
    )
    return await sql.fetchval(
        "INSERT INTO links (code, code_key, owner_id, url) VALUES ($1, $1, $2, 'https://a.example')"
        " RETURNING id",
        code,
        account,
    )


async def clicks(sql: asyncpg.Connection) -> int:
    return await sql.fetchval("SELECT coalesce(sum(clicks), 0)::int FROM click_counts")


async def forever(analytics: Analytics, **seam: object) -> None:
    while True:
        await analytics.run_once(**seam)


async def drained(analytics: Analytics, messages: int) -> None:
    """Run until this many messages were consumed."""
    done = 0
    while done < messages:
        done += await analytics.run_once()
    assert done == messages


async def group_at_the_end(broker: Broker) -> str:
    """A new group that has read everything so far: topics are shared with other tests."""
    group = f"test-{uuid.uuid4().hex[:8]}"
    partitions = [
        TopicPartition(t, n) for t in ("clicks", "link-events") for n in range(PARTITIONS)
    ]
    consumer = AIOKafkaConsumer(
        bootstrap_servers=broker.bootstrap, group_id=group, enable_auto_commit=False
    )
    await consumer.start()
    try:
        consumer.assign(partitions)
        await consumer.commit(await consumer.end_offsets(partitions))
    finally:
        await consumer.stop()
    return group
