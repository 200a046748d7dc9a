"""One suite for both brokers: what the services rely on must hold on either."""

import asyncio
import signal
import uuid

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from stack.components.kafka import LISTENERS, PARTITIONS, TOPICS
from stack.home import LOOPBACK
from stack.kafka_wire import metadata
from tests.brokers import APACHE, MEMORY, Broker, broker

__all__ = ["broker"]

pytestmark = [pytest.mark.integration, pytest.mark.timeout(400)]


@pytest.fixture
def name() -> str:
    """A topic or group that no other test uses."""
    return f"t-{uuid.uuid4().hex[:8]}"


async def produce(bootstrap: str, topic: str, values: list[bytes]) -> None:
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, enable_idempotence=True, request_timeout_ms=2000
    )
    try:  # not `async with`: a start that fails would leave it open
        await producer.start()
        for value in values:
            await producer.send(topic, value, key=b"k", headers=[("trace", value)])
    finally:
        await producer.stop()


async def consume(bootstrap: str, topic: str, count: int, group: str | None = None) -> list:
    async with AIOKafkaConsumer(
        topic,
        bootstrap_servers=bootstrap,
        group_id=group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        session_timeout_ms=1000,  # the in-memory broker waits as long for a member that left
        heartbeat_interval_ms=200,
    ) as consumer:
        got: list = []
        async with asyncio.timeout(20):
            while len(got) < count:
                for messages in (await consumer.getmany(timeout_ms=200)).values():
                    got += messages
        if group is not None:
            await consumer.commit()
        return got


async def test_every_topic_has_the_same_number_of_partitions(broker: Broker) -> None:
    said = await metadata(broker.home.port("kafka"), TOPICS)

    assert said is not None
    assert said.partitions == dict.fromkeys(TOPICS, PARTITIONS)


async def test_each_listener_sends_its_client_to_that_client_s_proxy(broker: Broker) -> None:
    for client, listener in LISTENERS.items():
        said = await metadata(broker.home.port(listener), ("clicks",))

        assert said is not None
        assert said.brokers == ((LOOPBACK, broker.home.port(f"{client}.kafka")),)


async def test_the_direct_listener_sends_its_clients_to_itself(broker: Broker) -> None:
    said = await metadata(broker.home.port("kafka"), ())

    assert said is not None
    assert said.brokers == ((LOOPBACK, broker.home.port("kafka")),)


async def test_messages_of_one_key_arrive_in_order_with_their_headers(
    broker: Broker, name: str
) -> None:
    sent = [b"%d" % n for n in range(200)]

    await produce(broker.bootstrap, name, sent)
    got = await consume(broker.bootstrap, name, len(sent))

    assert [m.value for m in got] == sent
    assert {m.partition for m in got} == {got[0].partition}
    assert got[7].headers == (("trace", b"7"),)


async def test_a_group_goes_on_where_it_committed(broker: Broker, name: str) -> None:
    await produce(broker.bootstrap, name, [b"first"])
    assert [m.value for m in await consume(broker.bootstrap, name, 1, group=name)] == [b"first"]

    await produce(broker.bootstrap, name, [b"second"])

    assert [m.value for m in await consume(broker.bootstrap, name, 1, group=name)] == [b"second"]


async def test_what_is_sent_while_the_broker_hangs_arrives_when_it_goes_on(
    broker: Broker, name: str
) -> None:
    async with AIOKafkaProducer(
        bootstrap_servers=broker.bootstrap, enable_idempotence=True, request_timeout_ms=30_000
    ) as producer:
        await producer.send_and_wait(name, b"before", key=b"k")
        broker.send(signal.SIGSTOP)
        try:
            waiting = await producer.send(name, b"during", key=b"k")
            done, _ = await asyncio.wait([waiting], timeout=0.5)
            assert not done
        finally:
            broker.send(signal.SIGCONT)
        await waiting

    got = await consume(broker.bootstrap, name, 2)
    assert [m.value for m in got] == [b"before", b"during"]


def test_a_client_sees_an_outage_and_gets_over_it(broker: Broker, name: str) -> None:
    asyncio.run(produce(broker.bootstrap, name, [b"before"]))
    broker.kill()

    with pytest.raises(KafkaError):
        asyncio.run(produce(broker.bootstrap, name, [b"lost"]))
    broker.start()
    asyncio.run(produce(broker.bootstrap, name, [b"after"]))

    kept = [b"before", b"after"] if broker.kind == APACHE else [b"after"]  # it forgets, as it says
    got = asyncio.run(consume(broker.bootstrap, name, len(kept)))
    assert [m.value for m in got] == kept


async def test_a_second_consumer_of_a_group_takes_over_half_of_the_partitions(
    broker: Broker, name: str
) -> None:
    if broker.kind == MEMORY:
        pytest.skip("groups rebalance on Apache Kafka only")
    options = {
        "bootstrap_servers": broker.bootstrap,
        "group_id": name,
        "heartbeat_interval_ms": 200,
    }
    async with (
        AIOKafkaConsumer("clicks", **options) as first,
        AIOKafkaConsumer("clicks", **options) as second,
        asyncio.timeout(20),
    ):
        while len(first.assignment()) != len(second.assignment()):
            await asyncio.sleep(0.05)

        shared = first.assignment() | second.assignment()

    assert shared == {TopicPartition("clicks", n) for n in range(PARTITIONS)}
