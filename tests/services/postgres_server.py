"""A real PostgreSQL for the session, and a migrated database of its own for each test."""

import asyncio
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import asyncpg
import pytest
from redis_server import free_port

from services.shortener import migrate

BIN = Path("/usr/lib/postgresql/15/bin")


def program(name: str) -> str:
    return str(BIN / name) if BIN.exists() else name


def unprivileged(*argv: str) -> list[str]:
    """PostgreSQL refuses root: in a user namespace it is somebody else, and dies with us."""
    if os.geteuid() != 0:
        return list(argv)
    return [
        "unshare", "--user", "--map-user=65534", "--map-group=65534", "--",
        "setpriv", "--pdeathsig", "KILL", "--", *argv,
    ]  # fmt: skip


class PostgresServer:
    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self.log = folder / "log"
        self.port = free_port()
        self.process: subprocess.Popen | None = None
        self.databases = 0

    def dsn(self, database: str) -> str:
        return f"postgresql://shortener@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        subprocess.run(
            unprivileged(
                program("initdb"), "-D", str(self.data), "-U", "shortener", "-A", "trust",
                "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions",
            ),
            check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        settings = {"port": self.port, "listen_addresses": "127.0.0.1", "fsync": "off",
                    "unix_socket_directories": "", "max_connections": 60,
                    "shared_buffers": "32MB", "deadlock_timeout": "200ms"}  # fmt: skip
        options = [part for k, v in settings.items() for part in ("-c", f"{k}={v}")]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                unprivileged(program("postgres"), "-D", str(self.data), *options),
                stdout=log, stderr=log,
            )  # fmt: skip
        deadline = time.monotonic() + 20
        while not self._answers():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.05)

    def _answers(self) -> bool:
        try:
            asyncio.run(self.sql("SELECT 1", database="postgres"))
        except (OSError, asyncpg.PostgresError):
            return False
        return True

    async def sql(self, statement: str, database: str) -> None:
        connection = await asyncpg.connect(self.dsn(database))
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    async def new_database(self, template: str = "template1") -> str:
        """Clone a template; returns the DSN."""
        self.databases += 1
        name = f"test_{self.databases}"
        await self.sql(f"CREATE DATABASE {name} TEMPLATE {template}", database="postgres")
        return self.dsn(name)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@pytest.fixture(scope="session")
def postgres_server():
    folder = Path(tempfile.mkdtemp(prefix="postgres-test-"))
    server = PostgresServer(folder)
    server.start()
    asyncio.run(server.sql("CREATE DATABASE migrated", database="postgres"))
    asyncio.run(migrate.migrate(server.dsn("migrated"), migrate.read()))
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
async def empty_dsn(postgres_server):
    """A database in which nothing was created yet."""
    return await postgres_server.new_database()


@pytest.fixture
async def dsn(postgres_server):
    """A database with every migration applied."""
    return await postgres_server.new_database("migrated")


@pytest.fixture
async def sql(dsn):
    """A connection of the test's own, to look and to prepare."""
    connection = await asyncpg.connect(dsn)
    yield connection
    await connection.close()
