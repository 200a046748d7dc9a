"""Housekeeping: rows that have served their time go, a few at a time, from whoever comes first."""

from dataclasses import dataclass

from services.kit.postgres import Database

BATCH = 500

_CHORES = (
    # Clients repeat a request within minutes; after a day its key is free again.
    """DELETE FROM idempotency_keys WHERE (account_id, key) IN (
         SELECT account_id, key FROM idempotency_keys
          WHERE attempted_at < now() - interval '1 day'
          ORDER BY attempted_at LIMIT $1 FOR UPDATE SKIP LOCKED)""",
    # A session is over when its newest token is; the tokens go with it.
    """DELETE FROM refresh_families WHERE id IN (
         SELECT f.id FROM refresh_families f
          WHERE f.created_at < now() - interval '1 day' AND NOT EXISTS (
            SELECT FROM refresh_tokens t WHERE t.family_id = f.id AND t.expires_at > now())
          LIMIT $1 FOR UPDATE SKIP LOCKED)""",
    # What Kafka has stays here for a day, to be looked at. Only the oldest rows are looked at.
    """DELETE FROM outbox WHERE id IN (
         SELECT id FROM (SELECT id, published_at FROM outbox ORDER BY id LIMIT $1) oldest
          WHERE published_at < now() - interval '1 day')""",
)


@dataclass(frozen=True, slots=True)
class Housekeeping:
    """Deletes what is past its time. Safe with several instances: they skip each other's rows."""

    database: Database

    async def run_once(self) -> int:
        """One batch of each chore; returns how many rows went."""
        gone = 0
        for chore in _CHORES:
            async with self.database.connection() as connection:
                tag: str = await connection.execute(chore, BATCH)
                gone += int(tag.rpartition(" ")[2])
        return gone
