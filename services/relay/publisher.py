"""Kafka as the relay needs it: a batch is acknowledged as a whole, or given up as a whole."""

import asyncio
from collections.abc import Sequence
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, ProducerClosed
from aiokafka.partitioner import DefaultPartitioner

from services.relay.message import TOPIC, Message

BATCH_BYTES = 256 * 1024
REQUEST_TIMEOUT_MS = 3_000
_partition_of = DefaultPartitioner()


class BrokerUnavailable(Exception):  # noqa: N818 - a state of the world, not of our code
    """Kafka cannot be asked now, or did not acknowledge in time."""


class Publisher:
    """One idempotent producer, replaced by a fresh one after any failure."""

    def __init__(self, bootstrap: str, *, client_id: str, within_s: float) -> None:
        self._bootstrap = bootstrap
        self._client_id = client_id
        self._within_s = within_s
        self._producer: AIOKafkaProducer | None = None
        self._wrong: BrokerUnavailable | None = None

    async def connect(self) -> None:
        """Be ready to publish; asks nobody when we already are."""
        if self._producer is not None:
            return
        producer = AIOKafkaProducer(
            bootstrap_servers=self._bootstrap,
            client_id=self._client_id,
            enable_idempotence=True,  # its own repetitions are dropped by the broker, in order
            request_timeout_ms=REQUEST_TIMEOUT_MS,
            max_batch_size=BATCH_BYTES,
        )
        try:
            async with asyncio.timeout(self._within_s):
                await producer.start()
        except (KafkaError, OSError, TimeoutError) as error:
            await producer.stop()
            raise self._failed(error) from error
        except BaseException:
            await producer.stop()
            raise
        self._producer = producer

    async def publish(self, messages: Sequence[Message]) -> None:
        """Return when Kafka has acknowledged every message.

        Raises:
            BrokerUnavailable: it has not, or not all, or we do not know. Send all of them again.
        """
        await self.connect()
        try:
            async with asyncio.timeout(self._within_s):
                await self._send(messages)
        except (KafkaError, OSError, TimeoutError) as error:
            await self._abandon()
            raise self._failed(error) from error
        except BaseException:
            await self._abandon()  # cancelled: nothing may be sent after the claim is gone
            raise
        self._wrong = None

    async def check(self) -> None:
        """For /readyz: what the last attempt said."""
        if self._wrong is not None:
            raise self._wrong

    async def close(self) -> None:
        """Close; nothing is in flight between two batches."""
        await self._abandon()

    async def _send(self, messages: Sequence[Message]) -> None:
        """Build one Kafka batch per partition ourselves; within a partition order is kept.

        `send_batch` waits until the partition's batch before it is on its way, so a second batch
        cannot overtake the first.
        """
        producer = self._producer
        assert producer is not None
        partitions = sorted(await producer.partitions_for(TOPIC))
        builders: dict[int, Any] = {}
        acknowledged = []
        for message in messages:
            partition = _partition_of(message.key, partitions, partitions)
            builder = builders.get(partition) or producer.create_batch()
            if not _appended(builder, message):
                acknowledged.append(await producer.send_batch(builder, TOPIC, partition=partition))
                builder = producer.create_batch()
                _appended(builder, message)
            builders[partition] = builder
        for partition, builder in builders.items():
            acknowledged.append(await producer.send_batch(builder, TOPIC, partition=partition))
        await asyncio.gather(*acknowledged)

    async def _abandon(self) -> None:
        """Drop the producer and what it still holds.

        With idempotence on, aiokafka repeats a batch until it succeeds, and `stop` waits for that,
        for ever. But this claim is over, and the next one may be another relay's. So what it holds
        fails, then its sender ends, then its connections, and only then it is stopped.
        """
        producer, self._producer = self._producer, None
        if producer is None:
            return
        sender = producer._sender.sender_task  # noqa: SLF001 - there is no public way
        sender.remove_done_callback(producer._sender._fail_all)  # noqa: SLF001 - we do it here
        producer._message_accumulator.fail_all(ProducerClosed())  # noqa: SLF001
        sender.cancel()
        await producer.client.close()
        await asyncio.wait({sender})
        await producer.stop()

    def _failed(self, error: Exception) -> BrokerUnavailable:
        self._wrong = BrokerUnavailable(f"{type(error).__name__}: {error}")
        return self._wrong


def _appended(builder: Any, message: Message) -> bool:
    added = builder.append(
        timestamp=message.timestamp_ms,
        key=message.key,
        value=message.value,
        headers=message.headers,
    )
    return added is not None
