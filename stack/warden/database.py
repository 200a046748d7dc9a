"""Fresh databases: a template per state of the migrations, cloned in a tenth of a second.

The template is made by the services' own `migrate`, and named by the hash of the migrations, so a
learner who changes one gets a template of their own. It is built under another name and renamed
when it is complete: a crash never leaves half a template that looks like a whole one.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from stack import walls
from stack.children import child_for
from stack.components.postgres import SUPERUSER
from stack.deployment import Deployment
from stack.home import Home
from stack.interpreter import bytecode, python, python_env
from stack.process import DidNotStart, Spec
from stack.warden.sweep import MARKER, marker

MIGRATE_WITHIN_S = 60.0
TEMPLATES_KEPT = 5


class Databases:
    """The databases of one LAB_HOME."""

    def __init__(self, home: Home) -> None:
        self.home = home

    async def ensure(self, deployment: Deployment, *, to_be_reset: bool = False) -> None:
        """Make sure that the deployment's database is there and has its migrations.

        Where they do not apply (a file was edited that had been applied), the old database is set
        aside, never dropped: what somebody made by hand may be in it. Unless it is `to_be_reset`:
        then nothing in it is kept, and migrating it would be a second for nothing.
        """
        key, name = migrations_key(deployment), deployment.database
        async with self._connected() as connection:
            if await _key_of(connection, name) == key:
                return
            if to_be_reset:
                await self.fresh(deployment)
                return
            exists = await _exists(connection, name)
            if exists and await _is_empty(self.home, name):
                await connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
                exists = False
            if exists:
                try:
                    await self._migrate(deployment, name)
                except DidNotStart:
                    await _set_aside(connection, name)
                    exists = False
            if not exists:
                await self._clone(connection, deployment, key)
            await connection.execute(f"COMMENT ON DATABASE \"{name}\" IS '{key}'")

    async def fresh(self, deployment: Deployment, seed_sql: str = "") -> None:
        """Replace the deployment's database by a clone of the template; connections are cut."""
        key, name = migrations_key(deployment), deployment.database
        async with self._connected() as connection:
            await self._template(connection, deployment, key)
            await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            await self._clone(connection, deployment, key)
            await connection.execute(f"COMMENT ON DATABASE \"{name}\" IS '{key}'")
        if seed_sql:
            await self._seed(name, seed_sql)
        # Counted from here: what making the state cost is not what the run cost.
        async with self._connected(name) as connection:
            await connection.execute("SELECT pg_stat_statements_reset()")

    async def _seed(self, name: str, seed_sql: str) -> None:
        connection = await asyncpg.connect(self.home.dsn(database=name))
        try:
            await connection.execute(seed_sql)
            await connection.execute("ANALYZE")
        finally:
            await connection.close()

    async def _clone(
        self, connection: asyncpg.Connection, deployment: Deployment, key: str
    ) -> None:
        template = await self._template(connection, deployment, key)
        await connection.execute(
            f'CREATE DATABASE "{deployment.database}" TEMPLATE "{template}" OWNER shortener'
        )

    async def _template(
        self, connection: asyncpg.Connection, deployment: Deployment, key: str
    ) -> str:
        template, draft = f"template_{key}", f"building_{key}"
        if await _exists(connection, template):
            return template
        await connection.execute(f'DROP DATABASE IF EXISTS "{draft}" WITH (FORCE)')
        await connection.execute(f'CREATE DATABASE "{draft}" OWNER shortener')
        async with self._connected(draft) as inside:
            await inside.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
            await inside.execute("GRANT pg_read_all_stats TO shortener")
        await self._migrate(deployment, draft)
        await connection.execute(f'ALTER DATABASE "{draft}" RENAME TO "{template}"')
        await _forget_old_templates(connection, template)
        return template

    async def _migrate(self, deployment: Deployment, database: str) -> None:
        if not _has_migrations(deployment):
            return
        root = deployment.services_root
        env = python_env(self.home, root) | {
            MARKER: marker(self.home),
            "SHORTENER_POSTGRES_DSN": self.home.dsn(database=database),
        }
        argv = walls.build(
            walls.Walls.BLIND,
            (python(self.home), "-B", "-m", "services.shortener.migrate"),
            home=self.home.path,
            cwd=root,
            visible=(self.home.path / "venv", bytecode(self.home), root),
        )
        child = child_for(Spec("migrate", argv, self.home.log("migrate"), env, root))
        await child.start()
        try:
            async with asyncio.timeout(MIGRATE_WITHIN_S):
                code = await child.wait()
        except TimeoutError:
            said = f"did not finish within {MIGRATE_WITHIN_S:g} s"
            raise DidNotStart("migrate", said, child.log_tail()) from None
        finally:
            await child.stop(0.2)
        if code != 0:
            raise DidNotStart("migrate", f"failed with {code}", child.log_tail())

    @asynccontextmanager
    async def _connected(self, database: str = "postgres") -> AsyncIterator[asyncpg.Connection]:
        connection = await asyncpg.connect(self.home.dsn(role=SUPERUSER, database=database))
        try:
            yield connection
        finally:
            await connection.close()


def migrations_key(deployment: Deployment) -> str:
    """Return a hash of the migrations and of the program that applies them."""
    digest = hashlib.sha256()
    for path in _migration_files(deployment):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def _migration_files(deployment: Deployment) -> list[Path]:
    shortener = deployment.services / "shortener"
    return [*sorted((shortener / "migrations").glob("*.sql")), *shortener.glob("migrate.py")]


def _has_migrations(deployment: Deployment) -> bool:
    return (deployment.services / "shortener" / "migrate.py").exists()


async def _exists(connection: asyncpg.Connection, name: str) -> bool:
    found = await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name)
    return found is not None


async def _key_of(connection: asyncpg.Connection, name: str) -> str | None:
    key: str | None = await connection.fetchval(
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = $1", name
    )
    return key


async def _is_empty(home: Home, name: str) -> bool:
    """Whether nobody ever made a table in it, so that a clone may take its place."""
    connection = await asyncpg.connect(home.dsn(database=name))
    try:
        tables = "SELECT count(*) FROM pg_tables WHERE schemaname NOT IN ($1, $2)"
        count: int = await connection.fetchval(tables, "pg_catalog", "information_schema")
        return count == 0
    finally:
        await connection.close()


async def _set_aside(connection: asyncpg.Connection, name: str) -> None:
    aside = f"{name}_before"
    await connection.execute(f'DROP DATABASE IF EXISTS "{aside}" WITH (FORCE)')
    await connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name
    )
    await connection.execute(f'ALTER DATABASE "{name}" RENAME TO "{aside}"')


async def _forget_old_templates(connection: asyncpg.Connection, newest: str) -> None:
    rows = await connection.fetch(
        "SELECT datname FROM pg_database WHERE datname LIKE 'template\\_%' ORDER BY oid DESC"
    )
    old = [row["datname"] for row in rows if len(row["datname"]) == len(newest)][TEMPLATES_KEPT:]
    for name in old:
        await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
