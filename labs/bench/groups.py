"""Kafka forgets nothing: a benchmark's messages are not left for somebody else to read."""

from collections.abc import Sequence

from aiokafka import AIOKafkaConsumer

from stack.home import LOOPBACK, Home

TOPICS = ("clicks", "link-events")  # what analytics reads
SHIPPED = "analytics"  # its group, outside benchmarks


def bootstrap_of(home: Home) -> str:
    """The broker, directly."""
    return f"{LOOPBACK}:{home.port('kafka')}"


def member(bootstrap: str, group: str, *topics: str) -> AIOKafkaConsumer:
    """A member of the group, which commits what it is told to."""
    return AIOKafkaConsumer(
        *topics,
        bootstrap_servers=bootstrap,
        group_id=group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )


async def skip_what_is_there(bootstrap: str, groups: Sequence[str]) -> None:
    """Each group goes on with what is sent from now on. None of them may have other members."""
    for group in groups:
        async with member(bootstrap, group, *TOPICS) as consumer:
            await consumer.seek_to_end()
            for partition in consumer.assignment():
                await consumer.position(partition)
            await consumer.commit()
