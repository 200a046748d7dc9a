from collections.abc import AsyncIterator

import pytest
from relay_outbox import a_relay

from services.relay.message import TOPIC
from services.relay.relay import Relay
from tests.brokers import Broker, Reader, broker

__all__ = ["broker"]


@pytest.fixture
async def relay(dsn: str, broker: Broker) -> AsyncIterator[Relay]:
    async with a_relay(dsn, broker.bootstrap) as relay:
        yield relay


@pytest.fixture
async def topic(broker: Broker) -> AsyncIterator[Reader]:
    async with Reader(broker.bootstrap, TOPIC) as reader:
        yield reader
