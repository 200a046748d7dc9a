"""Migrations: numbered SQL files, each applied once, in order, in a transaction of its own.

Two migrators may start together (two instances are deployed at once): an advisory lock lets one
work and the other find everything done. A file that was applied must not change afterwards; its
checksum says so. `python -m services.shortener.migrate` applies what is new.
"""

import asyncio
import hashlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import asyncpg

FOLDER = Path(__file__).parent / "migrations"
LOCK = 7_205_759_403  # any number, as long as every migrator of this database takes the same
LOCK_TIMEOUT_MS = 5_000  # a migration must not stand in front of everyone in a lock queue
DSN_VARIABLE = "SHORTENER_POSTGRES_DSN"

_CREATE_LEDGER = """
CREATE TABLE IF NOT EXISTS schema_migrations (
    name       text PRIMARY KEY,
    checksum   text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
)"""


class MigrationChanged(RuntimeError):  # noqa: N818 - it says what happened
    """A file differs from what was applied under its name."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file."""

    name: str
    sql: str

    @property
    def checksum(self) -> str:
        """Changes when anything in the file changes."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def read(folder: Path = FOLDER) -> list[Migration]:
    """The migrations in the order in which they apply."""
    return [Migration(path.name, path.read_text()) for path in sorted(folder.glob("*.sql"))]


async def migrate(dsn: str, migrations: list[Migration]) -> list[str]:
    """Apply what has not been applied, and return the names."""
    connection = await asyncpg.connect(dsn, server_settings={"application_name": "migrate"})
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", LOCK)
        await connection.execute(_CREATE_LEDGER)
        return [m.name for m in migrations if await _apply(connection, m)]
    finally:
        await connection.close()  # which gives the lock back


async def _apply(connection: asyncpg.Connection, migration: Migration) -> bool:
    applied = await connection.fetchval(
        "SELECT checksum FROM schema_migrations WHERE name = $1", migration.name
    )
    if applied is not None:
        if applied != migration.checksum:
            raise MigrationChanged(
                f"{migration.name} differs from what was applied; add a new file"
            )
        return False
    async with connection.transaction():
        await connection.execute(f"SET LOCAL lock_timeout = {LOCK_TIMEOUT_MS}")
        await connection.execute(migration.sql)
        await connection.execute(
            "INSERT INTO schema_migrations (name, checksum) VALUES ($1, $2)",
            migration.name,
            migration.checksum,
        )
    return True


def main() -> int:
    """Apply everything new and say what that was."""
    dsn = os.environ.get(DSN_VARIABLE)
    if not dsn:
        print(f"{DSN_VARIABLE} is not set", file=sys.stderr)
        return 2
    applied = asyncio.run(migrate(dsn, read()))
    print("\n".join(f"applied {name}" for name in applied) or "nothing to apply")
    return 0


if __name__ == "__main__":
    sys.exit(main())
