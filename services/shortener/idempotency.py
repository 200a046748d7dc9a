"""Idempotency-Key: a request that is sent again gets the first answer, and does nothing twice.

The key is claimed before the work (so that a second request sees that the first is running) and
the answer is stored in the transaction that does the work (so that there is never one without the
other). A request that fails gives the key up. One that dies leaves it claimed; after a while
another attempt may take it over, and should the dead one come back, it finds that the key is no
longer its own and its transaction is rolled back.
"""

import hashlib
import json
import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import asyncpg

from services.kit.postgres import Database
from services.shortener.problems import KeyInProgress, KeyReused

_CLAIM = """
INSERT INTO idempotency_keys AS k (account_id, key, fingerprint, attempt) VALUES ($1, $2, $3, $4)
ON CONFLICT (account_id, key) DO UPDATE SET attempt = excluded.attempt, attempted_at = now()
  WHERE k.answer_status IS NULL AND k.fingerprint = excluded.fingerprint
    AND k.attempted_at < now() - $5::interval
RETURNING true"""
_LOOK = """
SELECT fingerprint, answer_status, answer_body FROM idempotency_keys
 WHERE account_id = $1 AND key = $2"""
_FINISH = """
UPDATE idempotency_keys SET answer_status = $4, answer_body = $5
 WHERE account_id = $1 AND key = $2 AND attempt = $3 RETURNING true"""
_GIVE_UP = """
DELETE FROM idempotency_keys
 WHERE account_id = $1 AND key = $2 AND attempt = $3 AND answer_status IS NULL"""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to do the work of this key."""

    account_id: int
    key: str
    attempt: uuid.UUID


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered the first time."""

    status: int
    body: dict[str, Any]


def fingerprint(payload: dict[str, Any]) -> bytes:
    """The same for the same request, however its JSON was written."""
    return hashlib.sha256(json.dumps(payload, sort_keys=True).encode()).digest()


@dataclass(frozen=True, slots=True)
class IdempotencyKeys:
    """Keys of accounts, in PostgreSQL."""

    database: Database
    takeover_after: timedelta

    async def claim(self, account_id: int, key: str, payload: dict[str, Any]) -> Claim | Answer:
        """The right to do the work, or the answer if it was done.

        Raises:
            KeyReused: The key came with another payload.
            KeyInProgress: Another request is at it.
        """
        claim, print_ = Claim(account_id, key, uuid.uuid4()), fingerprint(payload)
        async with self.database.connection() as connection:
            if await connection.fetchval(
                _CLAIM, account_id, key, print_, claim.attempt, self.takeover_after
            ):
                return claim
            row = await connection.fetchrow(_LOOK, account_id, key)
        if row is not None and row["fingerprint"] != print_:
            raise KeyReused
        if row is None or row["answer_status"] is None:
            raise KeyInProgress
        return Answer(row["answer_status"], json.loads(row["answer_body"]))

    async def give_up(self, claim: Claim) -> None:
        """The work failed: the next attempt starts afresh."""
        async with self.database.connection() as connection:
            await connection.execute(_GIVE_UP, claim.account_id, claim.key, claim.attempt)


async def finish(connection: asyncpg.Connection, claim: Claim, answer: Answer) -> None:
    """Store the answer in the caller's transaction.

    Raises:
        KeyInProgress: We were taken for dead and another attempt has the key; roll back.
    """
    ours = await connection.fetchval(
        _FINISH, claim.account_id, claim.key, claim.attempt, answer.status, json.dumps(answer.body)
    )
    if not ours:
        raise KeyInProgress
