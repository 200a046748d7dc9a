"""The outbox table, as the relay sees it: claim a batch, note it as published, measure the lag."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg

from services.kit.postgres import Database
from services.relay.message import Row

CLAIM = 0x0B0C5  # any number that no other advisory lock of this database uses
COUNT_AT_MOST = 100_000

_TRY_TO_CLAIM = "SELECT pg_try_advisory_xact_lock($1)"

# `published_at IS NULL` makes it a scan of the partial index: what was published costs nothing.
#
# The second condition waits for the past to be complete. Ids are handed out before commit, so id 8
# can be visible while id 7 is still being written; if both are about one link, sending 8 first
# would break the link's order. Below the snapshot's xmin no transaction runs any more: of these
# rows none can still appear. The price: one transaction that writes for a minute, anywhere in the
# database, holds everything behind it back for a minute. The lag shows it.
_OLDEST = """
SELECT id, event_id, key, type, payload::text, traceparent, created_at
  FROM outbox
 WHERE published_at IS NULL
   AND transaction_id < pg_snapshot_xmin(pg_current_snapshot())
 ORDER BY id
 LIMIT $1
"""
_NOTE = "UPDATE outbox SET published_at = now() WHERE id = ANY($1::bigint[])"

_LAG = """
SELECT (SELECT count(*) FROM (
          SELECT FROM outbox WHERE published_at IS NULL LIMIT $1) AS waiting) AS rows,
       coalesce((SELECT extract(epoch FROM clock_timestamp() - created_at) FROM outbox
                  WHERE published_at IS NULL ORDER BY id LIMIT 1), 0)::float8 AS seconds
"""


@dataclass(frozen=True, slots=True)
class Lag:
    """What waits."""

    rows: int
    seconds: float


class Claimed:
    """A batch that is ours until the transaction ends."""

    def __init__(self, connection: asyncpg.Connection, rows: Sequence[Row], *, leads: bool) -> None:
        self._connection = connection
        self.rows = rows
        self.leads = leads

    async def note_as_published(self) -> None:
        """Never before Kafka has acknowledged all of them."""
        await self._connection.execute(_NOTE, [row.id for row in self.rows])


@dataclass(frozen=True, slots=True)
class Outbox:
    """The table in one database."""

    database: Database

    @asynccontextmanager
    async def claimed(self, at_most: int) -> AsyncIterator[Claimed]:
        """The oldest rows, for one relay at a time; none if another relay is at work.

        The claim is an advisory lock of the transaction, held while Kafka is asked: it is what
        keeps a second relay from sending a link's later event first. It ends with the transaction,
        however that ends, so a dead relay blocks nobody. SKIP LOCKED would let both relays work,
        and would let them overtake each other. An open transaction without a write holds nothing
        else back: it has no transaction id yet, and between statements no snapshot.
        """
        async with self.database.transaction() as connection:
            # Two statements on purpose: the rows must be read in a snapshot taken after the lock
            # was ours. In one statement we would see as waiting what another relay just sent.
            if not await connection.fetchval(_TRY_TO_CLAIM, CLAIM):
                yield Claimed(connection, (), leads=False)
                return
            records = await connection.fetch(_OLDEST, at_most)
            yield Claimed(connection, [Row(*record) for record in records], leads=True)

    async def lag(self) -> Lag:
        """How much waits, and since when."""
        async with self.database.connection() as connection:
            [record] = await connection.fetch(_LAG, COUNT_AT_MOST)
        return Lag(record["rows"], record["seconds"])
