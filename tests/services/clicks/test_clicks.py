import asyncio
import json
from datetime import datetime

import pytest
from aiokafka.errors import KafkaConnectionError, KafkaTimeoutError
from prometheus_client import CollectorRegistry

from services.shortener.clicks import publisher as publisher_module
from services.shortener.clicks.click import Click, EventIds, encoded
from services.shortener.clicks.publisher import ClickPublisher
from services.shortener.clicks.recorder import ClickMetrics, ClickRecorder


class Clicks:
    def __init__(self, *, at_most: int = 100, enabled: bool = True) -> None:
        self.registry = CollectorRegistry()
        self.metrics = ClickMetrics(self.registry)
        self.recorder = ClickRecorder(self.metrics, buffer_at_most=at_most, enabled=enabled)
        self.publisher = ClickPublisher(
            "127.0.0.1:1", self.recorder, self.metrics, client_id="shortener-a-clicks"
        )

    def record(self, times: int, code: str = "abc") -> None:
        for n in range(times):
            self.recorder.record(code, link_id=7, at_s=1_700_000_000.25 + n)

    def metric(self, name: str, **labels: str) -> float:
        return self.registry.get_sample_value(name, labels) or 0.0


class Batch:
    def __init__(self, room: int) -> None:
        self.room = room
        self.messages: list[dict] = []

    def append(self, **message):
        if len(self.messages) >= self.room:
            return None
        self.messages.append(message)
        return object()


class Producer:
    """What we use of aiokafka's producer; a test decides how it goes wrong."""

    def __init__(self, room: int = 1_000_000) -> None:
        self.room = room
        self.sent: list[tuple[int, dict]] = []
        self.error: Exception | None = None
        self.stuck = False
        self.stopped = False

    async def partitions_for(self, topic):
        assert topic == "clicks"
        return {0, 1, 2}

    def create_batch(self):
        return Batch(self.room)

    async def send_batch(self, batch, topic, *, partition):
        acknowledged = asyncio.get_running_loop().create_future()
        if self.error is not None:
            acknowledged.set_exception(self.error)
        elif not self.stuck:
            self.sent += [(partition, message) for message in batch.messages]
            acknowledged.set_result(None)
        return acknowledged

    async def stop(self):
        self.stopped = True


@pytest.fixture
def clicks():
    clicks = Clicks()
    clicks.publisher._producer = Producer()
    return clicks


def events(producer: Producer) -> list[dict]:
    return [json.loads(message["value"]) for _, message in producer.sent]


async def test_a_click_arrives_with_its_id_link_and_time(clicks):
    clicks.record(1)

    assert await clicks.publisher.run_once() == 1

    _, message = clicks.publisher._producer.sent[0]
    event = json.loads(message["value"])
    assert message["key"] == b"abc"
    assert message["timestamp"] == 1_700_000_000_250
    assert (event["type"], event["code"], event["link_id"]) == ("link.clicked", "abc", 7)
    assert datetime.fromisoformat(event["clicked_at"]).timestamp() == 1_700_000_000.25


async def test_clicks_of_one_code_go_to_one_partition_and_of_many_to_all(clicks):
    for n in range(60):
        clicks.record(2, code=f"code{n}")
    await clicks.publisher.run_once()

    where: dict[bytes, set[int]] = {}
    for partition, message in clicks.publisher._producer.sent:
        where.setdefault(message["key"], set()).add(partition)
    assert {len(partitions) for partitions in where.values()} == {1}
    assert set.union(*where.values()) == {0, 1, 2}


async def test_a_full_batch_is_sent_and_the_next_one_begun(clicks):
    clicks.publisher._producer.room = 3
    clicks.record(10)
    await clicks.publisher.run_once()

    ids = [event["event_id"] for event in events(clicks.publisher._producer)]
    assert len(ids) == len(set(ids)) == 10


async def test_a_click_that_is_sent_again_has_the_same_id(clicks):
    producer = clicks.publisher._producer
    clicks.record(3)
    producer.error = KafkaTimeoutError()
    with pytest.raises(KafkaTimeoutError):
        await clicks.publisher.run_once()
    assert len(clicks.recorder) == 3
    expected = [str(clicks.publisher._ids.of(n)) for n in (1, 2, 3)]
    assert producer.stopped  # the next try begins with a new connection
    producer = clicks.publisher._producer = Producer()

    await clicks.publisher.run_once()

    assert [event["event_id"] for event in events(producer)] == expected
    assert clicks.metric("clicks_sent_total") == 3


def test_without_kafka_every_click_is_counted_as_dropped():
    clicks = Clicks(enabled=False)
    clicks.record(5)

    assert clicks.metric("clicks_counted_total") == 5
    assert clicks.metric("clicks_dropped_total", reason="no_kafka") == 5
    assert len(clicks.recorder) == 0


def test_the_buffer_is_bounded_and_what_does_not_fit_is_counted():
    clicks = Clicks(at_most=10)
    clicks.record(25)

    assert len(clicks.recorder) == 10
    assert clicks.metric("clicks_dropped_total", reason="buffer_full") == 15
    assert clicks.metric("clicks_waiting") == 10


async def test_clicks_that_come_back_to_a_full_buffer_are_counted_as_dropped():
    clicks = Clicks(at_most=10)
    producer = clicks.publisher._producer = Producer()
    clicks.record(10)
    producer.stuck = True
    sending = asyncio.create_task(clicks.publisher.run_once())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    clicks.record(4)
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)

    assert len(clicks.recorder) == 10
    counted = clicks.metric("clicks_counted_total")
    dropped = clicks.metric("clicks_dropped_total", reason="buffer_full")
    assert counted == len(clicks.recorder) + dropped == 14


async def test_kafka_that_is_not_there_yet_is_an_error_of_this_try_and_costs_no_click(clicks):
    clicks.publisher._producer = None
    clicks.record(3)

    with pytest.raises(KafkaConnectionError):
        await clicks.publisher.run_once()

    assert len(clicks.recorder) == 3


async def test_shutdown_sends_what_is_left(clicks, monkeypatch):
    monkeypatch.setattr(publisher_module, "BATCH_CLICKS", 10)
    producer = clicks.publisher._producer
    clicks.record(35)

    await clicks.publisher.close(within_s=5)

    assert len(producer.sent) == 35
    assert producer.stopped


async def test_shutdown_is_bounded_and_counts_what_it_could_not_send(clicks):
    clicks.publisher._producer.stuck = True
    clicks.record(35)

    async with asyncio.timeout(2):
        await clicks.publisher.close(within_s=0.05)

    assert clicks.metric("clicks_dropped_total", reason="shutdown") == 35


def test_ids_are_unique_and_valid_uuids():
    ids = EventIds()
    other = EventIds()
    made = {ids.of(n) for n in range(1, 1000)} | {other.of(n) for n in range(1, 1000)}

    assert len(made) == 2 * 999
    assert {(made_id.version, made_id.variant) for made_id in made} == {
        (8, "specified in RFC 4122")
    }


def test_the_trace_of_a_recorded_visit_travels_in_the_header(clicks):
    traced = Click(1, "abc", 7, 0.0, "00-" + "a" * 32 + "-" + "b" * 16 + "-01")
    batch = Batch(10)

    clicks.publisher._append(batch, b"abc", traced)

    assert batch.messages[0]["headers"] == [("traceparent", traced.traceparent.encode())]
    assert json.loads(encoded(traced, EventIds().of(1)))["code"] == "abc"
