"""Links in PostgreSQL: the statements that write one, and the owner's reads."""

from dataclasses import dataclass
from datetime import datetime

import asyncpg

from services.shortener.links import codes
from services.shortener.links.model import Link
from services.shortener.problems import AliasTaken, LinkNotFound, PreconditionFailed

ATTEMPTS = 5  # with 62^7 codes even the second is news

# The unique index decides. Looking first would only tell what was free a moment ago.
_INSERT = """
INSERT INTO links (code, code_key, owner_id, url, expires_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (code_key) DO NOTHING
RETURNING id, code, code_key, owner_id, url, version, created_at, expires_at, deleted_at"""

_OWNED = """
SELECT id, code, code_key, owner_id, url, version, created_at, expires_at, deleted_at
  FROM links WHERE code_key IN ($1, $2) AND owner_id = $3 AND deleted_at IS NULL
 ORDER BY code_key <> $1 LIMIT 1"""

_OWNED_AND_LOCKED = _OWNED + " FOR UPDATE"

# Optimistic concurrency: the version that the client saw is part of the condition.
_CHANGE = """
UPDATE links SET url = $3, expires_at = $4, version = version + 1
 WHERE id = $1 AND version = $2 AND deleted_at IS NULL
RETURNING id, code, code_key, owner_id, url, version, created_at, expires_at, deleted_at"""

_DELETE = """
UPDATE links SET deleted_at = now(), version = version + 1
 WHERE id = $1 AND version = $2 AND deleted_at IS NULL
RETURNING id, code, code_key, owner_id, url, version, created_at, expires_at, deleted_at"""


class NoFreeCode(RuntimeError):  # noqa: N818 - it says what happened
    """Every generated code was taken: the source of randomness is broken."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A link that is about to be created."""

    owner_id: int
    url: str
    alias: str | None
    expires_at: datetime | None


async def insert(connection: asyncpg.Connection, draft: Draft) -> Link:
    """Store the link under its alias, or under a code that nobody has.

    Raises:
        AliasTaken: Someone has the alias.
    """
    if draft.alias is not None:
        link = await _insert(connection, draft, draft.alias, codes.alias_key(draft.alias))
        if link is None:
            raise AliasTaken(f"`{draft.alias}` is taken.")
        return link
    for _ in range(ATTEMPTS):
        code = codes.generate()
        link = await _insert(connection, draft, code, code)
        if link is not None:
            return link
    raise NoFreeCode(f"{ATTEMPTS} generated codes were taken")


async def _insert(
    connection: asyncpg.Connection, draft: Draft, code: str, code_key: str
) -> Link | None:
    row = await connection.fetchrow(
        _INSERT, code, code_key, draft.owner_id, draft.url, draft.expires_at
    )
    return Link.from_row(row) if row else None


async def owned(
    connection: asyncpg.Connection, code: str, owner_id: int, *, lock: bool = False
) -> Link:
    """The owner's link of this code. Someone else's is as absent as none.

    With `lock` nobody else changes it before the caller's transaction ends.

    Raises:
        LinkNotFound: There is none.
    """
    keys = codes.lookup_keys(code)
    statement = _OWNED_AND_LOCKED if lock else _OWNED
    row = await connection.fetchrow(statement, keys[0], keys[-1], owner_id) if keys else None
    if row is None:
        raise LinkNotFound
    return Link.from_row(row)


async def change(
    connection: asyncpg.Connection, link: Link, url: str, expires_at: datetime | None
) -> Link:
    """Write the new values over exactly the version that `link` is.

    Raises:
        PreconditionFailed: Someone was faster.
    """
    row = await connection.fetchrow(_CHANGE, link.id, link.version, url, expires_at)
    if row is None:
        raise PreconditionFailed
    return Link.from_row(row)


async def delete(connection: asyncpg.Connection, link: Link) -> Link:
    """Mark exactly this version as deleted.

    Raises:
        PreconditionFailed: Someone was faster.
    """
    row = await connection.fetchrow(_DELETE, link.id, link.version)
    if row is None:
        raise PreconditionFailed
    return Link.from_row(row)
