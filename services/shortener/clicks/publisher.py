"""Clicks go to Kafka in batches, from the background; Kafka may be away, also at the start."""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.partitioner import DefaultPartitioner

from services.kit import logs
from services.shortener.clicks.click import Click, EventIds, encoded
from services.shortener.clicks.recorder import ClickMetrics, ClickRecorder

log = logs.get(__name__)
TOPIC = "clicks"
BATCH_CLICKS = 2_000
BATCH_BYTES = 256 * 1024
REQUEST_TIMEOUT_MS = 4_000
STOP_WITHIN_S = 1.0
_partition_of = DefaultPartitioner()


class ClickPublisher:
    """`run_once` sends one batch. The kit's worker repeats it, and backs off when it fails."""

    def __init__(
        self, bootstrap: str, recorder: ClickRecorder, metrics: ClickMetrics, *, client_id: str
    ) -> None:
        self._bootstrap = bootstrap
        self._recorder = recorder
        self._metrics = metrics
        self._client_id = client_id
        self._ids = EventIds()
        self._producer: AIOKafkaProducer | None = None

    async def run_once(self) -> int:
        """Send the oldest clicks; how many Kafka has acknowledged.

        While Kafka is away this waits: the idempotent producer tries again by itself, in order and
        without doubles, and behind it the buffer fills up.

        Raises:
            KafkaError: trying again does not help. The clicks are back in the buffer, with their
                ids, and the next try begins with a new connection.
        """
        producer = self._producer or await self._connect()
        clicks = self._recorder.take(BATCH_CLICKS)
        if not clicks:
            return 0
        try:
            await self._send(producer, clicks)
        except BaseException:
            self._recorder.put_back(clicks)  # perhaps sent, perhaps not: the id tells consumers
            await self._disconnect()
            raise
        self._metrics.sent.inc(len(clicks))
        return len(clicks)

    async def close(self, within_s: float) -> None:
        """Send what is left, but not for longer than this; the rest is counted as dropped."""
        with contextlib.suppress(TimeoutError, KafkaError):
            async with asyncio.timeout(within_s):
                while len(self._recorder) and self._producer is not None:
                    await self.run_once()
        if left := self._recorder.abandon():
            log.warning("clicks lost at shutdown", clicks=left)
        await self._disconnect()

    async def _disconnect(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            with contextlib.suppress(TimeoutError, KafkaError):
                async with asyncio.timeout(STOP_WITHIN_S):
                    await producer.stop()

    async def _connect(self) -> AIOKafkaProducer:
        producer = AIOKafkaProducer(
            bootstrap_servers=self._bootstrap,
            client_id=self._client_id,
            enable_idempotence=True,
            request_timeout_ms=REQUEST_TIMEOUT_MS,
            max_batch_size=BATCH_BYTES,
        )
        try:
            await producer.start()
        except BaseException:
            await producer.stop()
            raise
        self._producer = producer
        return producer

    async def _send(self, producer: AIOKafkaProducer, clicks: Sequence[Click]) -> None:
        """Build one Kafka batch per partition ourselves: per click that is one append."""
        partitions = sorted(await producer.partitions_for(TOPIC))
        keys = {click.code: click.code.encode() for click in clicks}
        where = {code: _partition_of(key, partitions, partitions) for code, key in keys.items()}
        builders: dict[int, Any] = {}
        acknowledged = []
        for click in clicks:
            partition = where[click.code]
            builder = builders.get(partition) or producer.create_batch()
            if not self._append(builder, keys[click.code], click):
                acknowledged.append(await producer.send_batch(builder, TOPIC, partition=partition))
                builder = producer.create_batch()
                self._append(builder, keys[click.code], click)
            builders[partition] = builder
        for partition, builder in builders.items():
            acknowledged.append(await producer.send_batch(builder, TOPIC, partition=partition))
        await asyncio.gather(*acknowledged)

    def _append(self, builder: Any, key: bytes, click: Click) -> bool:
        headers = [("traceparent", click.traceparent.encode())] if click.traceparent else []
        added = builder.append(
            timestamp=int(click.at_s * 1000),
            key=key,
            value=encoded(click, self._ids.of(click.number)),
            headers=headers,
        )
        return added is not None
