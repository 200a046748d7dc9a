import uuid

import pytest
from aiokafka import AIOKafkaProducer

from labs.bench.groups import TOPICS, member, skip_what_is_there
from tests.brokers import Broker, broker

__all__ = ["broker"]
pytestmark = pytest.mark.integration


async def test_a_group_goes_on_behind_what_a_benchmark_has_left(broker: Broker) -> None:
    group = f"test-{uuid.uuid4().hex[:8]}"
    async with AIOKafkaProducer(bootstrap_servers=broker.bootstrap) as producer:
        for topic in TOPICS:
            await producer.send_and_wait(topic, b"left by a benchmark", b"key")

        await skip_what_is_there(broker.bootstrap, [group])
        await producer.send_and_wait("clicks", b"somebody's own", b"key")

    async with member(broker.bootstrap, group, *TOPICS) as consumer:
        got = await consumer.getmany(timeout_ms=5_000, max_records=10)

    assert [m.value for messages in got.values() for m in messages] == [b"somebody's own"]
