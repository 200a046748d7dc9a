"""The relay beside a bare aiokafka producer: the same events, the same broker, in turn.

The bare one has its messages in memory and calls `send` for each; it is idempotent, like ours. The
relay has to read them from the outbox first, and to note what was acknowledged. Every round leaves
its events in the table, published: the pages that a claim reads must not grow with them.
"""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import asyncpg
from aiokafka import AIOKafkaProducer

from labs.bench import deployed
from labs.bench.groups import SHIPPED, bootstrap_of, skip_what_is_there
from labs.bench.rounds import Sides
from stack.home import Home

EVENTS = 20_000
TOPIC = "link-events"
WITHIN_S = 60.0
LOOK_EVERY_S = 0.005
_WRITE = """
INSERT INTO outbox (key, type, payload)
SELECT 'bench-' || n % 1000, 'link.changed',
       jsonb_build_object('code', 'bench-' || n % 1000, 'version', n,
                          'url', 'https://example.com/articles/' || n)
  FROM generate_series(1, $1::int) AS n
"""
_LAST = "SELECT published_at IS NOT NULL FROM outbox WHERE id = $1"
_EVENTS = "SELECT event_id::text, key, type, payload::text FROM outbox ORDER BY id LIMIT $1"
_CLAIMING = """
SELECT sum(shared_blks_hit + shared_blks_read) / sum(calls) FROM pg_stat_statements
 WHERE query LIKE '%FROM outbox%' AND query LIKE '%ORDER BY id%' AND query LIKE '%LIMIT%'
   AND userid = 'shortener'::regrole AND calls > 0 AND rows / calls > 500
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """Both sides, and the pages that a claim read, round by round."""

    sides: Sides
    claim_pages: list[float]

    def as_dict(self) -> dict[str, Any]:
        """Everything that `--json` prints."""
        return self.sides.as_dict() | {
            "events_per_round": EVENTS,
            "pages_per_claim_by_round": [round(pages, 1) for pages in self.claim_pages],
        }

    def lines(self) -> Iterator[str]:
        """Say the same to a person."""
        yield from self.sides.lines()
        yield f"pages per claim, round by round: {self.claim_pages}"


def measure(home: Home, *, rounds: int) -> Answer:
    """Run the rounds: relay, bare, relay, bare ..."""
    with deployed.servers(home, "kafka"):
        return asyncio.run(_measure(home, rounds))


async def _measure(home: Home, rounds: int) -> Answer:
    bootstrap = bootstrap_of(home)
    bare = AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True)
    answer = Answer(Sides("relay", "events"), [])
    async with (
        deployed.worker(home, "relay", {"POLL_S": "0.01", "OTLP_ENDPOINT": ""}),
        deployed.database(home, superuser=True) as connection,
        bare,
    ):
        await _relayed(connection)
        await _sent(connection, bare)  # both have warmed up
        for _ in range(rounds):
            await connection.execute("VACUUM outbox")  # what autovacuum does once a minute
            await connection.execute("SELECT pg_stat_statements_reset()")
            answer.sides.ours.append(await _relayed(connection))
            answer.claim_pages.append(float(await connection.fetchval(_CLAIMING) or 0))
            answer.sides.bare.append(await _sent(connection, bare))
    await skip_what_is_there(bootstrap, [SHIPPED])
    return answer


async def _relayed(connection: asyncpg.Connection) -> float:
    """Write events in one transaction; events per second from its commit to the last note."""
    async with connection.transaction():
        await connection.execute(_WRITE, EVENTS)
        last = await connection.fetchval("SELECT max(id) FROM outbox")
    began_s = time.perf_counter()
    async with asyncio.timeout(WITHIN_S):
        while not await connection.fetchval(_LAST, last):
            await asyncio.sleep(LOOK_EVERY_S)
    return EVENTS / (time.perf_counter() - began_s)


async def _sent(connection: asyncpg.Connection, producer: AIOKafkaProducer) -> float:
    """Send the same messages; events per second until all are acknowledged."""
    events = [
        (key.encode(), payload.encode(), [("event_id", i.encode()), ("type", kind.encode())])
        for i, key, kind, payload in await connection.fetch(_EVENTS, EVENTS)
    ]
    began_s = time.perf_counter()
    waiting = [
        await producer.send(TOPIC, payload, key, headers=headers)
        for key, payload, headers in events
    ]
    await asyncio.gather(*waiting)
    return EVENTS / (time.perf_counter() - began_s)
