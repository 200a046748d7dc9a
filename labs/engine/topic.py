"""An independent reader of a Kafka topic, for what a lab counts in it.

It goes straight to the broker, is in no consumer group and commits nothing: whoever reads with it
changes nothing for the services under test.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from labs.engine.actions import Stage
from stack.components.kafka import PARTITIONS
from stack.home import LOOPBACK


def broker(stage: Stage) -> str:
    """Return the broker's own address, past every faulty path."""
    return f"{LOOPBACK}:{stage.home.port('kafka')}"


class Topic:
    """One topic as it stands at the broker, and how far a consumer group has come in it."""

    def __init__(self, stage: Stage, name: str, group: str = "") -> None:
        servers = broker(stage)
        self._consumer = AIOKafkaConsumer(bootstrap_servers=servers, enable_auto_commit=False)
        self._admin = AIOKafkaAdminClient(bootstrap_servers=servers) if group else None
        self._group = group
        self._partitions = [TopicPartition(name, n) for n in range(PARTITIONS)]

    async def __aenter__(self) -> Self:
        """Connect."""
        await self._consumer.start()
        if self._admin is not None:
            await self._admin.start()
        self._consumer.assign(self._partitions)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Give the connections back."""
        if self._admin is not None:
            await self._admin.close()
        await self._consumer.stop()

    async def ends(self) -> list[int]:
        """Return the offset behind the last message, by partition."""
        ends = await self._consumer.end_offsets(self._partitions)
        return [ends[p] for p in self._partitions]

    async def committed(self) -> list[int]:
        """Return how far the group has committed, by partition; -1 where it never has."""
        assert self._admin is not None, "nobody's offsets: Topic(..., group=...)"
        told = await self._admin.list_consumer_group_offsets(self._group)
        return [told[p].offset if p in told else -1 for p in self._partitions]

    async def lag(self) -> int:
        """Return how many messages the group has not committed yet."""
        pairs = zip(await self.ends(), await self.committed(), strict=True)
        return sum(max(0, end - max(0, done)) for end, done in pairs)

    def begin_at(self, offsets: Sequence[int]) -> None:
        """Read on from these offsets, one for each partition."""
        for partition, offset in zip(self._partitions, offsets, strict=True):
            self._consumer.seek(partition, offset)

    async def read_on(self) -> list[Any]:
        """Read to where the topic ends now; messages of one partition are in their order."""
        ends = await self._consumer.end_offsets(self._partitions)
        got: list[Any] = []
        while any([await self._consumer.position(p) < ends[p] for p in self._partitions]):
            for messages in (await self._consumer.getmany(timeout_ms=100)).values():
                got += messages
        return got
