"""Real brokers for tests: Apache Kafka where this machine can have it, and the in-memory one."""

import asyncio
import functools
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Self, TypeVar

import pytest
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from stack import kafka_jars
from stack.components import kafka
from stack.home import LOOPBACK, Home
from stack.process import dies_with_parent
from stack.walls import build

APACHE, MEMORY = "Apache Kafka", "in-memory"
KINDS = (APACHE, MEMORY)
Answer = TypeVar("Answer")


@functools.cache
def why_no_apache() -> str:
    """Return why Apache Kafka cannot be had on this machine, or nothing when it can."""
    try:
        kafka_jars.java()
        if not kafka_jars.are_there(Home.find()):
            kafka_jars.fetch(Home.find().make(), print)
    except kafka_jars.CannotBeHad as error:
        return str(error)
    return ""


class Broker:
    """A broker of either kind in a home of its own; started and stopped from synchronous code."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._folder = tempfile.TemporaryDirectory(prefix="lab-kafka-")
        self.home = Home(Path(self._folder.name)).make()
        # The downloads of this checkout serve all tests.
        (self.home.path / "cache").rmdir()
        cache = Home.find().make().path / "cache"
        (self.home.path / "cache").symlink_to(cache)
        self.component = kafka.Kafka(self.home)
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def bootstrap(self) -> str:
        return f"{LOOPBACK}:{self.home.port('kafka')}"

    def start(self) -> float:
        """Start it and return the seconds until it was ready.

        Not from a worker thread: the broker dies with the thread that started it.
        """
        os.environ["LAB_KAFKA_BROKER"] = "memory" if self.kind == MEMORY else ""
        try:
            _run(self.component.prepare)
        finally:
            del os.environ["LAB_KAFKA_BROKER"]
        began_s = time.monotonic()
        argv = build(
            self.component.walls,
            self.component.argv(),
            home=self.home.path,
            cwd=self.component.cwd(),
        )
        with self.home.log("kafka").open("ab") as log:
            self.process = subprocess.Popen(
                dies_with_parent(argv),
                env=self.component.env(),
                cwd=self.component.cwd(),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        while not _run(self.component.ready):
            said = self.home.log("kafka").read_text()[-2000:]
            assert self.process.poll() is None, said
            assert time.monotonic() - began_s < 60, said
            time.sleep(0.05)
        return time.monotonic() - began_s

    def send(self, number: signal.Signals) -> None:
        assert self.process is not None
        os.killpg(self.process.pid, number)

    def kill(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.send(signal.SIGKILL)
            self.process.wait()

    def close(self) -> None:
        self.kill()
        self._folder.cleanup()


def _run(question: Callable[[], Coroutine[Any, Any, Answer]]) -> Answer:
    """Run it in a loop of its own, also while the caller's loop runs (and waits)."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(question())).result()


def started(kind: str) -> Broker:
    """Start a broker, or skip the test by name with the reason."""
    if kind == APACHE and why_no_apache():
        pytest.skip(f"Apache Kafka: {why_no_apache()}")
    broker = Broker(kind)
    try:
        broker.start()
    except BaseException:
        broker.close()
        raise
    return broker


@pytest.fixture(scope="session", params=KINDS)
def broker(request: pytest.FixtureRequest) -> Iterator[Broker]:
    """Each kind of broker in turn, shared by all tests: topics outlive a test, keys do not."""
    broker = started(request.param)
    yield broker
    broker.close()


class Reader:
    """Reads what was sent to a topic after the reader was made. No group: it owes nobody."""

    def __init__(self, bootstrap: str, topic: str) -> None:
        self.topic = topic
        self.consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)

    async def __aenter__(self) -> Self:
        await self.consumer.start()
        partitions = [TopicPartition(self.topic, n) for n in range(kafka.PARTITIONS)]
        self.consumer.assign(partitions)
        await self.consumer.seek_to_end(*partitions)
        for partition in partitions:
            await self.consumer.position(partition)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.consumer.stop()

    async def read(self, count: int) -> list[ConsumerRecord]:
        """Return exactly this many messages; those of one partition in their order."""
        got = await self.read_at_least(count)
        assert len(got) == count, [m.value for m in got]
        return got

    async def read_at_least(self, count: int) -> list[ConsumerRecord]:
        """Return all there is, as soon as it is enough."""
        got: list[ConsumerRecord] = []
        async with asyncio.timeout(15):
            while len(got) < count or not await self.nothing_more():
                for messages in (await self.consumer.getmany(timeout_ms=100)).values():
                    got += messages
        return got

    async def nothing_more(self) -> bool:
        """Whether nothing else was sent: the ends of the partitions are where we are."""
        partitions = list(self.consumer.assignment())
        ends = await self.consumer.end_offsets(partitions)
        return all([ends[p] == await self.consumer.position(p) for p in partitions])
