"""Refresh tokens: stored, used once, and a second use ends the whole session.

Each refresh hands out a new token and marks the old one. If a marked token comes back, two parties
hold the same session and one of them stole it. Nobody can say which, so the family is revoked and
both have to log in.
"""

import hashlib
import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg

from services.kit import logs
from services.kit.postgres import Database
from services.shortener.problems import RefreshRefused

log = logs.get(__name__)

# The row is locked until the end of the transaction: of two refreshes with one token, one is first.
_LOCKED = """
SELECT t.family_id, t.expires_at, t.used_at, f.account_id, f.revoked_at
  FROM refresh_tokens t JOIN refresh_families f ON f.id = t.family_id
 WHERE t.digest = $1 FOR UPDATE OF t, f"""


@dataclass(frozen=True, slots=True)
class Rotated:
    """The session goes on with this token."""

    account_id: int
    token: str


@dataclass(frozen=True, slots=True)
class RefreshTokens:
    """Starts, continues and ends sessions. Time is an argument."""

    database: Database
    lifetime: timedelta

    async def start(self, account_id: int, now: datetime) -> str:
        """A login: a family with its first token."""
        family_id = uuid.uuid4()
        async with self.database.transaction() as connection:
            await connection.execute(
                "INSERT INTO refresh_families (id, account_id) VALUES ($1, $2)",
                family_id,
                account_id,
            )
            return await self._issue(connection, family_id, now)

    async def rotate(self, token: str, now: datetime) -> Rotated:
        """Trade a token for the next one of its family.

        Raises:
            RefreshRefused: Unknown, expired, revoked, or used before (which revokes the family).
        """
        async with self.database.transaction() as connection:
            rotated = await self._rotated(connection, token, now)
        if rotated is None:  # raised out here: inside, it would roll the revocation back
            raise RefreshRefused
        return rotated

    async def end(self, token: str) -> None:
        """A logout: revoke the family of this token. An unknown token is no error."""
        async with self.database.transaction() as connection:
            family_id = await connection.fetchval(
                "SELECT family_id FROM refresh_tokens WHERE digest = $1", _digest(token)
            )
            if family_id is not None:
                await _revoke(connection, family_id, "logout")

    async def _rotated(
        self, connection: asyncpg.Connection, token: str, now: datetime
    ) -> Rotated | None:
        row = await connection.fetchrow(_LOCKED, _digest(token))
        if row is None or row["revoked_at"] is not None or row["expires_at"] <= now:
            return None
        if row["used_at"] is not None:
            await _revoke(connection, row["family_id"], "reuse")
            log.warning("refresh token reused", account_id=row["account_id"])
            return None
        await connection.execute(
            "UPDATE refresh_tokens SET used_at = $2 WHERE digest = $1", _digest(token), now
        )
        return Rotated(row["account_id"], await self._issue(connection, row["family_id"], now))

    async def _issue(
        self, connection: asyncpg.Connection, family_id: uuid.UUID, now: datetime
    ) -> str:
        token = secrets.token_urlsafe(32)
        await connection.execute(
            "INSERT INTO refresh_tokens (digest, family_id, expires_at) VALUES ($1, $2, $3)",
            _digest(token),
            family_id,
            now + self.lifetime,
        )
        return token


def _digest(token: str) -> bytes:
    """A plain hash is enough: the token has 256 random bits, there is nothing to guess."""
    return hashlib.sha256(token.encode()).digest()


async def _revoke(connection: asyncpg.Connection, family_id: uuid.UUID, why: str) -> None:
    await connection.execute(
        "UPDATE refresh_families SET revoked_at = now(), revoked_for = $2"
        " WHERE id = $1 AND revoked_at IS NULL",
        family_id,
        why,
    )
