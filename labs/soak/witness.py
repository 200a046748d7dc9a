"""What is looked at directly, past every fault: the tables, the topic, the services' own counts."""

import asyncio
import contextlib
import json
import re
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import httpx2
from aiokafka import AIOKafkaConsumer, TopicPartition

from chaos.loopback import PLAIN
from labs.soak.invariants import Event
from labs.soak.schedule import SHORTENERS
from stack.components.kafka import PARTITIONS
from stack.home import LOOPBACK, Home

TOPIC = "link-events"
_SAMPLE_EVERY_S = 0.2
_ANSWERS_WITHIN_S = 2.0
_DROPPED = re.compile(r"^clicks_dropped_total(?:\{[^}]*\})?\s+([-+0-9.e]+)", re.MULTILINE)
_WAITING = re.compile(r"^clicks_waiting\s+([-+0-9.e]+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Mark:
    """Where everything stood when a schedule began."""

    outbox_id: int
    clicks: int
    offsets: dict[int, int]


class Witness:
    """Reads PostgreSQL and Kafka directly; no fault is in between."""

    def __init__(self, home: Home, database: str) -> None:
        self._home = home
        self._dsn = home.dsn(direct=True, database=database)

    async def mark(self) -> Mark:
        """Note where everything stands."""
        return Mark(
            outbox_id=int(await self._value("SELECT coalesce(max(id), 0) FROM outbox")),
            clicks=await self.counted(),
            offsets=await self._offsets(),
        )

    async def counted(self) -> int:
        """Return how many clicks analytics has counted in all."""
        return int(await self._value("SELECT coalesce(sum(clicks), 0) FROM click_counts"))

    async def unpublished(self) -> int:
        """Return how many events still wait in the outbox."""
        return int(await self._value("SELECT count(*) FROM outbox WHERE published_at IS NULL"))

    async def outbox(self, since: Mark) -> list[Event]:
        """Return the committed events of this schedule, in their order per key."""
        connection = await asyncpg.connect(self._dsn, timeout=_ANSWERS_WITHIN_S)
        try:
            rows = await connection.fetch(
                "SELECT event_id, key, type, payload ->> 'url' AS url FROM outbox"
                " WHERE id > $1 ORDER BY id",
                since.outbox_id,
            )
        finally:
            await connection.close()
        return [Event(str(r["event_id"]), r["key"], r["type"], r["url"] or "") for r in rows]

    async def kafka(self, since: Mark) -> list[Event]:
        """Return the messages of this schedule, each partition in its order."""
        events: list[Event] = []
        async with self._consumer() as consumer:
            parts = [TopicPartition(TOPIC, number) for number in since.offsets]
            consumer.assign(parts)
            ends = await consumer.end_offsets(parts)
            for part in parts:
                consumer.seek(part, since.offsets[part.partition])
            while any([await consumer.position(part) < ends[part] for part in parts]):
                for messages in (await consumer.getmany(timeout_ms=500)).values():
                    events += [_event(message) for message in messages]
        return events

    async def _offsets(self) -> dict[int, int]:
        async with self._consumer() as consumer:
            ends = await consumer.end_offsets(
                [TopicPartition(TOPIC, number) for number in range(PARTITIONS)]
            )
        return {part.partition: offset for part, offset in ends.items()}

    @contextlib.asynccontextmanager
    async def _consumer(self) -> Any:
        bootstrap = f"{LOOPBACK}:{self._home.port('kafka')}"
        consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
        await consumer.start()
        try:
            yield consumer
        finally:
            await consumer.stop()

    async def _value(self, query: str) -> Any:
        connection = await asyncpg.connect(self._dsn, timeout=_ANSWERS_WITHIN_S)
        try:
            return await connection.fetchval(query)
        finally:
            await connection.close()


def _event(message: Any) -> Event:
    headers = {name: value.decode() for name, value in message.headers}
    key, body = message.key.decode(), json.loads(message.value)
    return Event(headers["event_id"], key, headers["type"], str(body.get("url") or ""))


@dataclass(slots=True)
class Drops:
    """Clicks that were counted as dropped, across the lives of the processes that counted them.

    A killed process takes its counters with it; what was last seen of them stays here.
    """

    buried: float = 0.0
    last: dict[str, float] = field(default_factory=dict)
    waiting: dict[str, float] = field(default_factory=dict)
    before: float = 0.0

    def saw(self, instance: str, dropped: float, waiting: float) -> None:
        """Note what an instance says; less than before means that it is a new process."""
        if dropped < self.last.get(instance, 0.0):
            self.buried += self.last[instance]
        self.last[instance] = dropped
        self.waiting[instance] = waiting

    def begin(self) -> None:
        """From here on drops belong to this schedule."""
        self.before = self.buried + sum(self.last.values())

    @property
    def total(self) -> int:
        """Clicks dropped since `begin`."""
        return round(self.buried + sum(self.last.values()) - self.before)


async def watch_drops(home: Home, drops: Drops) -> None:
    """Ask both instances again and again, until cancelled."""
    async with httpx2.AsyncClient(timeout=_ANSWERS_WITHIN_S, **PLAIN) as http:
        while True:
            await asyncio.gather(*(_look(http, home, name, drops) for name in SHORTENERS))
            await asyncio.sleep(_SAMPLE_EVERY_S)


async def _look(http: httpx2.AsyncClient, home: Home, instance: str, drops: Drops) -> None:
    with contextlib.suppress(httpx2.HTTPError):
        page = (await http.get(f"{home.url(instance)}/metrics")).text
        waiting = _WAITING.search(page)
        dropped = sum(float(value) for value in _DROPPED.findall(page))
        drops.saw(instance, dropped, float(waiting[1]) if waiting else 0.0)
