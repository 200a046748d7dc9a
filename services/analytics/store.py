"""Where counts go: one transaction that remembers the ids and adds what is new.

Either both happen or neither. That is all there is to "exactly once": the message may come as often
as it likes, its id is remembered in the transaction that counts it.

Nearly every batch is new from end to end, so that is tried first: an INSERT that expects no
conflict costs PostgreSQL half of one that does. Where an id is known after all, the transaction
begins again and asks which ones are new.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import asyncpg

from services.analytics.batch import Batch, Parked, counts
from services.kit.postgres import Database

FORGET_AT_ONCE = 5_000

Remember = Callable[[asyncpg.Connection, Sequence[UUID]], Awaitable[frozenset[UUID]]]

_REMEMBER_ALL = "INSERT INTO processed_events (event_id) SELECT unnest($1::uuid[])"
_REMEMBER_NEW = f"{_REMEMBER_ALL} ON CONFLICT DO NOTHING RETURNING event_id"
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
            try:
                return await self._store(batch, _all)
            except asyncpg.UniqueViolationError:
                return await self._store(batch, _new)
        except (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError) as error:
            raise Unstorable(str(error)) from error

    async def _store(self, batch: Batch, remember: Remember) -> Stored:
        async with self.database.transaction() as connection:
            fresh = await remember(connection, batch.event_ids())
            unknown = await _count(connection, batch, fresh)
            if batch.parked:
                await _park(connection, batch.parked)
        return Stored(fresh, unknown)

    async def forget(self, older_than_s: float) -> int:
        """Forget ids of messages that Kafka itself has forgotten; a few at a time."""
        async with self.database.connection() as connection:
            tag = str(await connection.execute(_FORGET, older_than_s, FORGET_AT_ONCE))
        return int(tag.rpartition(" ")[2])


async def _all(connection: asyncpg.Connection, event_ids: Sequence[UUID]) -> frozenset[UUID]:
    """Remember ids of which none is known; UniqueViolationError where one is."""
    if event_ids:
        await connection.execute(_REMEMBER_ALL, event_ids)
    return frozenset(event_ids)


async def _new(connection: asyncpg.Connection, event_ids: Sequence[UUID]) -> frozenset[UUID]:
    """Remember those that are not known yet; which ones these are."""
    return frozenset(r["event_id"] for r in await connection.fetch(_REMEMBER_NEW, event_ids))


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
