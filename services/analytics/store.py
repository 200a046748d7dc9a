"""Where counts go: one transaction that remembers the ids and adds what is new.

Either both happen or neither. That is all there is to "exactly once": the message may come as often
as it likes, its id is remembered in the transaction that counts it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

import asyncpg

from services.analytics.batch import Batch, Parked, counts
from services.kit.postgres import Database

FORGET_AT_ONCE = 5_000

_REMEMBER = """
INSERT INTO processed_events (event_id) SELECT unnest($1::uuid[])
ON CONFLICT DO NOTHING
RETURNING event_id
"""
# A click counts only where id and code name the same link. Kafka keeps messages when the database
# is replaced by an older copy, and an id may mean another link then.
_ADD = """
WITH known AS (
  SELECT l.id AS link_id, a.hour, sum(a.clicks)::bigint AS clicks
    FROM unnest($1::bigint[], $2::text[], $3::timestamptz[], $4::bigint[])
         AS a (link_id, code, hour, clicks)
    JOIN links l ON l.id = a.link_id AND (l.code = a.code OR l.code_key = lower(a.code))
   GROUP BY l.id, a.hour
), added AS (
  INSERT INTO click_counts (link_id, hour, clicks)
  SELECT link_id, hour, clicks FROM known ORDER BY link_id, hour
  ON CONFLICT (link_id, hour) DO UPDATE SET clicks = click_counts.clicks + excluded.clicks
)
SELECT coalesce(sum(clicks), 0)::bigint FROM known
"""
_PARK = """
INSERT INTO dead_letters (topic, partition, partition_offset, key, payload, reason)
SELECT * FROM unnest($1::text[], $2::int[], $3::bigint[], $4::bytea[], $5::bytea[], $6::text[])
ON CONFLICT DO NOTHING
"""
_FORGET = """
DELETE FROM processed_events WHERE event_id IN (
  SELECT event_id FROM processed_events
   WHERE processed_at < now() - make_interval(secs => $1)
   ORDER BY processed_at LIMIT $2 FOR UPDATE SKIP LOCKED)
"""


class Unstorable(Exception):  # noqa: N818 - a property of the data
    """The database refuses this content, and would again."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What a batch did."""

    fresh: frozenset[UUID] = field(default_factory=frozenset)
    unknown_link: int = 0


@dataclass(frozen=True, slots=True)
class Store:
    """The tables in one database."""

    database: Database

    async def store(self, batch: Batch) -> Stored:
        """Remember, count and park, in one transaction.

        Raises:
            Unstorable: something in it is wrong in a way that reading did not see.
            DatabaseUnavailable: not now.
        """
        try:
            async with self.database.transaction() as connection:
                fresh = await _remember(connection, batch.event_ids())
                unknown = await _count(connection, batch, fresh)
                if batch.parked:
                    await _park(connection, batch.parked)
        except (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError) as error:
            raise Unstorable(str(error)) from error
        return Stored(fresh, unknown)

    async def forget(self, older_than_s: float) -> int:
        """Forget ids of messages that Kafka itself has forgotten; a few at a time."""
        async with self.database.connection() as connection:
            tag = str(await connection.execute(_FORGET, older_than_s, FORGET_AT_ONCE))
        return int(tag.rpartition(" ")[2])


async def _remember(connection: asyncpg.Connection, event_ids: Sequence[UUID]) -> frozenset[UUID]:
    if not event_ids:
        return frozenset()
    return frozenset(r["event_id"] for r in await connection.fetch(_REMEMBER, event_ids))


async def _count(connection: asyncpg.Connection, batch: Batch, fresh: frozenset[UUID]) -> int:
    """Add the fresh clicks; how many of them were on links that we do not know."""
    added = counts(batch.clicks.values(), fresh)
    if not added:
        return 0
    counted: int = await connection.fetchval(
        _ADD,
        [count.link_id for count, _ in added],
        [count.code for count, _ in added],
        [count.hour for count, _ in added],
        [clicks for _, clicks in added],
    )
    return sum(clicks for _, clicks in added) - counted


async def _park(connection: asyncpg.Connection, parked: Sequence[Parked]) -> None:
    messages = [p.message for p in parked]
    await connection.execute(
        _PARK,
        [m.topic for m in messages],
        [m.partition for m in messages],
        [m.offset for m in messages],
        [m.key for m in messages],
        [m.value for m in messages],
        [p.reason for p in parked],
    )
