"""Analytics beside a bare consumer that writes the same clicks by COPY: the same messages, in turn.

Both begin with nothing but a lag: clicks are sent while nobody reads, then one side starts, joins
its own group and catches up. Its rate is taken from its first stored batch to its last, so neither
starting nor joining is measured.
"""

import asyncio
import json
import secrets
import time
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime

import asyncpg
from aiokafka import AIOKafkaProducer

from labs.bench import deployed
from labs.bench.groups import SHIPPED, bootstrap_of, member, skip_what_is_there
from labs.bench.rounds import Sides
from stack.home import Home

CLICKS = 40_000
LINKS = 1_000
SHORTENERS = 2  # that the clicks come from
CLICKS_PER_S = 10_000  # at which they were made
BATCH = 2_000  # what analytics takes at once, as shipped
TOPIC = "clicks"
WITHIN_S = 60.0
LOOK_EVERY_S = 0.02
_LINKS = """
INSERT INTO links (code, code_key, owner_id, url)
SELECT 'click-' || n, 'click-' || n, id, $2 FROM accounts, generate_series(1, $1::int) AS n
RETURNING id, code
"""
_COUNTED = "SELECT coalesce(sum(clicks), 0)::bigint FROM click_counts"
_BARE_TABLE = """
CREATE TABLE bare_clicks (event_id uuid, link_id bigint, code text, clicked_at timestamptz)
"""
_COLUMNS = ("event_id", "link_id", "code", "clicked_at")

Seen = tuple[float, int]


def rate(seen: Sequence[Seen]) -> float:
    """Per second, from the first moment at which something was stored to the first with all."""
    stored = [moment for moment in seen if moment[1] > 0]
    (first_s, first), most = stored[0], stored[-1][1]
    last_s = next(at_s for at_s, clicks in stored if clicks == most)
    if most == first:
        raise ValueError("all was stored at once: nothing to take a rate from")
    return (most - first) / (last_s - first_s)


def measure(home: Home, *, rounds: int) -> Sides:
    """Run the rounds: analytics, bare, analytics, bare ..."""
    with deployed.servers(home, "kafka"):
        return asyncio.run(_measure(home, rounds))


async def _measure(home: Home, rounds: int) -> Sides:
    answer = Sides("analytics", "clicks")
    bootstrap = bootstrap_of(home)
    groups = [f"bench-{side}-{uuid.uuid4().hex[:8]}" for side in ("analytics", "bare")]
    await deployed.lay_in_one_link(home)
    async with deployed.database(home, superuser=True) as connection:
        await connection.execute(_BARE_TABLE)
        links = await connection.fetch(_LINKS, LINKS, deployed.TARGET)
        await skip_what_is_there(bootstrap, groups)  # Kafka remembers other runs
        for _ in range(rounds):
            await _send_clicks(bootstrap, links)
            answer.ours.append(rate(await _counted(home, connection, groups[0])))
            answer.bare.append(rate(await _copied(connection, bootstrap, groups[1])))
    await skip_what_is_there(bootstrap, [SHIPPED])
    return answer


async def _counted(home: Home, connection: asyncpg.Connection, group: str) -> list[Seen]:
    """Analytics, watched through what it has stored."""
    before: int = await connection.fetchval(_COUNTED)
    seen: list[Seen] = [(time.perf_counter(), 0)]
    settings = {"GROUP": group, "OTLP_ENDPOINT": ""}
    async with deployed.worker(home, "analytics", settings), asyncio.timeout(WITHIN_S):
        while seen[-1][1] < CLICKS:
            await asyncio.sleep(LOOK_EVERY_S)
            stored = await connection.fetchval(_COUNTED) - before
            seen.append((time.perf_counter(), stored))
    return seen


async def _copied(connection: asyncpg.Connection, bootstrap: str, group: str) -> list[Seen]:
    """The least that stores clicks: parse, COPY, commit the offsets."""
    seen: list[Seen] = [(time.perf_counter(), 0)]
    async with member(bootstrap, group, TOPIC) as consumer, asyncio.timeout(WITHIN_S):
        while seen[-1][1] < CLICKS:
            got = await consumer.getmany(timeout_ms=200, max_records=BATCH)
            rows = [_row(message.value) for messages in got.values() for message in messages]
            if rows:
                await connection.copy_records_to_table(
                    "bare_clicks", records=rows, columns=_COLUMNS
                )
                await consumer.commit()
            seen.append((time.perf_counter(), seen[-1][1] + len(rows)))
    return seen


def _row(value: bytes) -> tuple[uuid.UUID, int, str, datetime]:
    click = json.loads(value)
    at = datetime.fromisoformat(click["clicked_at"])
    return uuid.UUID(click["event_id"]), click["link_id"], click["code"], at


async def _send_clicks(bootstrap: str, links: Sequence[asyncpg.Record]) -> None:
    """Clicks as the shorteners send them: a process's half of the id, and a number."""
    processes = [secrets.randbits(64) for _ in range(SHORTENERS)]
    began_s = time.time()
    async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
        waiting = []
        for number in range(CLICKS):
            link = links[number % len(links)]
            event_id = uuid.UUID(int=processes[number % SHORTENERS] << 64 | 0b10 << 62 | number)
            at = datetime.fromtimestamp(began_s + number / CLICKS_PER_S, UTC)
            click = {
                "event_id": str(event_id),
                "type": "link.clicked",
                "code": link["code"],
                "link_id": link["id"],
                "clicked_at": at.isoformat(timespec="milliseconds"),
            }
            value = json.dumps(click, separators=(",", ":")).encode()
            waiting.append(await producer.send(TOPIC, value, link["code"].encode()))
        await asyncio.gather(*waiting)
