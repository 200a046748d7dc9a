"""Kafka as analytics needs it: read a batch, go back, commit; and a topic for dead letters."""

import asyncio
from collections.abc import Sequence

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError

from services.analytics.batch import Parked
from services.analytics.messages import CLICKS, LINK_EVENTS, Received
from services.kit import logs

log = logs.get(__name__)
DEAD_LETTERS = "dead-letters"
REQUEST_TIMEOUT_MS = 4_000
STOP_WITHIN_S = 3.0


class BrokerUnavailable(Exception):  # noqa: N818 - a state of the world, not of our code
    """Kafka cannot be asked now."""


class Consumer:
    """One member of the consumer group. Offsets are committed only when we say so."""

    def __init__(self, bootstrap: str, *, client_id: str, group: str, session_s: float) -> None:
        self._bootstrap = bootstrap
        self._client_id = client_id
        self._group = group
        self._session_ms = round(session_s * 1000)
        self._consumer: AIOKafkaConsumer | None = None
        self._producer: AIOKafkaProducer | None = None
        self._read: dict[TopicPartition, tuple[int, int]] = {}  # first offset, and the one after
        self._next: dict[TopicPartition, int] = {}

    async def read(self, at_most: int, wait_s: float) -> list[Received]:
        """The next messages; those of one partition in their order.

        Raises:
            BrokerUnavailable: we are no member of the group any more. The next read joins again.
        """
        consumer = self._consumer or await self._join()
        try:
            got = await consumer.getmany(timeout_ms=round(wait_s * 1000), max_records=at_most)
        except KafkaError as error:
            # What aiokafka raises here ended one of its background tasks: this consumer would
            # raise it for ever (a broker that came back without its groups does that).
            await self.close()
            raise BrokerUnavailable(repr(error)) from error
        self._read = {tp: (ms[0].offset, ms[-1].offset + 1) for tp, ms in got.items() if ms}
        self._next |= {tp: after for tp, (_, after) in self._read.items()}
        return [
            Received(m.topic, m.partition, m.offset, m.key, m.value, m.headers)
            for messages in got.values()
            for m in messages
        ]

    def go_back(self) -> None:
        """Read the last batch again.

        Without this a batch that failed would be skipped: reading has already moved on, and the
        next commit would cover it.
        """
        for partition, (first, _) in self._read.items():
            if self._consumer is not None and partition in self._consumer.assignment():
                self._consumer.seek(partition, first)
                self._next[partition] = first
        self._read = {}

    async def commit(self) -> bool:
        """Commit the last batch's offsets. Only after its transaction; whether it worked.

        It may not: after a rebalance the partition is somebody else's. They read the batch again
        then, and know its ids.
        """
        read, self._read = self._read, {}
        if not read or self._consumer is None:
            return True
        try:
            await self._consumer.commit({tp: after for tp, (_, after) in read.items()})
        except (KafkaError, IllegalStateError) as error:
            log.warning("offsets not committed", error=repr(error))
            return False
        return True

    async def send_to_dead_letters(self, parked: Sequence[Parked]) -> None:
        """Put the messages, as they came, where a person or a tool finds them."""
        producer = self._producer or await self._open_producer()
        try:
            waiting = [
                await producer.send(
                    DEAD_LETTERS, p.message.value, p.message.key, headers=headers_of(p)
                )
                for p in parked
            ]
            for acknowledged in waiting:
                await acknowledged
        except KafkaError as error:
            self._producer = None
            await _stopped(producer)
            raise BrokerUnavailable(repr(error)) from error

    def lag(self) -> int:
        """Messages that we have not read in partitions that we read from, as we were last told."""
        consumer = self._consumer
        if consumer is None:
            return 0
        ends = {tp: consumer.highwater(tp) or 0 for tp in consumer.assignment()}
        return sum(max(0, end - self._next.get(tp, end)) for tp, end in ends.items())

    async def check(self) -> None:
        """For /readyz: whether we are a member."""
        if self._consumer is None:
            raise BrokerUnavailable

    async def close(self) -> None:
        """Leave the group at once, so that others need not wait for our session to end."""
        producer, consumer = self._producer, self._consumer
        self._consumer = self._producer = None
        self._read, self._next = {}, {}
        for client in (producer, consumer):
            if client is not None:
                await _stopped(client)

    async def _join(self) -> AIOKafkaConsumer:
        consumer = AIOKafkaConsumer(
            CLICKS,
            LINK_EVENTS,
            bootstrap_servers=self._bootstrap,
            client_id=self._client_id,
            group_id=self._group,
            enable_auto_commit=False,  # it would commit what was read, stored or not
            auto_offset_reset="earliest",
            session_timeout_ms=self._session_ms,
            heartbeat_interval_ms=self._session_ms // 4,
            request_timeout_ms=max(REQUEST_TIMEOUT_MS, self._session_ms + 1000),
        )
        try:
            await consumer.start()
        except KafkaError as error:
            await consumer.stop()
            raise BrokerUnavailable(repr(error)) from error
        except BaseException:
            await consumer.stop()
            raise
        self._consumer = consumer
        return consumer

    async def _open_producer(self) -> AIOKafkaProducer:
        producer = AIOKafkaProducer(
            bootstrap_servers=self._bootstrap,
            client_id=self._client_id,
            request_timeout_ms=REQUEST_TIMEOUT_MS,
            acks="all",
        )
        try:
            await producer.start()
        except KafkaError as error:
            await producer.stop()
            raise BrokerUnavailable(repr(error)) from error
        self._producer = producer
        return producer


async def _stopped(client: AIOKafkaConsumer | AIOKafkaProducer) -> None:
    """Stop a client; one that is broken may say so again, and has to be gone all the same.

    In a task of its own: after a lost connection aiokafka lets the cancellation of its own
    background task out of `stop`, where it would pass for ours, and leaves its sockets open.
    """
    stopping = asyncio.create_task(client.stop())
    done, _ = await asyncio.wait({stopping}, timeout=STOP_WITHIN_S)
    if done and not stopping.cancelled() and stopping.exception() is None:
        return
    stopping.cancel()
    connections = client.client if isinstance(client, AIOKafkaProducer) else client._client  # noqa: SLF001
    await connections.close()


def headers_of(parked: Parked) -> list[tuple[str, bytes]]:
    """Its own headers, then why and whence: enough to send it back once the cause is repaired."""
    message = parked.message
    whence = f"{message.topic}/{message.partition}/{message.offset}"
    added = [("dead_letter_reason", parked.reason), ("dead_letter_from", whence)]
    return [*message.headers, *((name, text.encode()) for name, text in added)]
