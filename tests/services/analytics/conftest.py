import uuid
from collections.abc import AsyncIterator

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer
from analytics_parts import Sender, a_link, an_analytics, group_at_the_end

from services.analytics.analytics import Analytics
from services.analytics.consumer import DEAD_LETTERS
from tests.brokers import Broker, Reader, broker

__all__ = ["broker"]


@pytest.fixture
async def sender(sql: asyncpg.Connection, broker: Broker) -> AsyncIterator[Sender]:
    code = f"c{uuid.uuid4().hex[:8]}"
    link_id = await a_link(sql, code)
    async with AIOKafkaProducer(bootstrap_servers=broker.bootstrap) as producer:
        yield Sender(producer, link_id, code)


@pytest.fixture
async def dead_letters(broker: Broker) -> AsyncIterator[Reader]:
    async with Reader(broker.bootstrap, DEAD_LETTERS) as reader:
        yield reader


@pytest.fixture
async def group(broker: Broker) -> str:
    """A group whose members begin with what is sent from now on."""
    return await group_at_the_end(broker)


@pytest.fixture
async def analytics(dsn: str, broker: Broker, group: str) -> AsyncIterator[Analytics]:
    async with an_analytics(dsn, broker.bootstrap, group=group) as analytics:
        yield analytics
