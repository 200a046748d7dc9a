"""PostgreSQL: one server for the lab, small, but as durable as a real one."""

import asyncio
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import asyncpg

from stack import system, walls
from stack.components.component import Defaults
from stack.home import DATABASE, Home
from stack.interpreter import plain_env
from stack.trouble import Trouble

SUPERUSER = "postgres"
_ONE_INITDB = threading.Lock()  # a start that was given up may still be at it
CONFIGURATION = """# Written by the lab before each start; edits are lost.
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = ''
max_connections = 100
superuser_reserved_connections = 3
# Small, because all of it shares a laptop; fsync stays on, because labs kill servers.
shared_buffers = 48MB
wal_buffers = 1MB
min_wal_size = 64MB
max_wal_size = 256MB
dynamic_shared_memory_type = mmap  # in the data folder: a kill leaves nothing in /dev/shm
jit = off
max_worker_processes = 4
max_parallel_workers_per_gather = 0
shared_preload_libraries = 'pg_stat_statements'
pg_stat_statements.track = all
track_io_timing = on
log_line_prefix = '%m [%p] %a '
log_lock_waits = on
log_checkpoints = off
timezone = 'UTC'
"""


class Postgres(Defaults):
    """The database server. It refuses to run as root, hence the walls."""

    name = "postgres"
    walls = walls.Walls.UNPRIVILEGED
    ready_within_s = 30.0  # after a crash it replays its log first
    stop_within_s = 3.0
    stop_signal = signal.SIGINT  # "fast": end the sessions, write a checkpoint, leave

    def __init__(self, home: Home) -> None:
        super().__init__(home)
        self.files = home.data(self.name)

    def argv(self) -> tuple[str, ...]:
        """Return the server's command."""
        return (str(binary("postgres")), "-D", str(self.files))

    async def prepare(self) -> None:
        """Make the cluster the first time; write the configuration every time."""
        await asyncio.to_thread(self._initialise)
        configuration = self.files / "postgresql.conf"
        configuration.write_text(CONFIGURATION.format(port=self.home.port(self.name)))
        # The warden is this folder's only user and has ended what an earlier one left; a pid file
        # from before a crash may name a process that is somebody else's by now.
        (self.files / "postmaster.pid").unlink(missing_ok=True)

    async def ready(self) -> bool:
        """Whether it takes queries (not only connections: after a crash it recovers first)."""
        try:
            connection = await asyncpg.connect(self.home.dsn(role=SUPERUSER, database="postgres"))
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return False
        await connection.close()
        return True

    async def settle(self) -> None:
        """Make the role and the database that the services use."""
        connection = await asyncpg.connect(self.home.dsn(role=SUPERUSER, database="postgres"))
        try:
            password = self.home.secret("postgres-shortener")
            if not await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = 'shortener'"):
                # The secret is hexadecimal: it cannot hold a quote.
                await connection.execute(f"CREATE ROLE shortener LOGIN PASSWORD '{password}'")
            known = "SELECT 1 FROM pg_database WHERE datname = $1"
            if not await connection.fetchval(known, DATABASE):
                await connection.execute(f'CREATE DATABASE "{DATABASE}" OWNER shortener')
        finally:
            await connection.close()

    def _initialise(self) -> None:
        """Run initdb into a folder beside, so that a half-made cluster never counts as one."""
        with _ONE_INITDB:
            if not (self.files / "PG_VERSION").exists():
                self._initdb()

    def _initdb(self) -> None:
        account = walls.cannot_enter(self.files.parent)
        if account:
            raise Trouble(
                f"PostgreSQL does not run as root, and {account} cannot enter {self.home.path}.",
                "LAB_HOME=/var/tmp/lab ./lab up",
            )
        draft = self.files.with_name("postgres.new")
        shutil.rmtree(draft, ignore_errors=True)
        shutil.rmtree(self.files, ignore_errors=True)
        draft.mkdir(parents=True, mode=0o700)
        password = self.files.parent / "postgres.password"
        password.touch(mode=0o600)
        password.write_text(self.home.secret(f"postgres-{SUPERUSER}"))
        walls.give_away(draft, password)
        locale = "C.UTF-8" if sys.platform == "linux" else "C"
        command = (str(binary("initdb")), "-D", str(draft), "-U", SUPERUSER, f"--pwfile={password}")
        options = ("--auth=scram-sha-256", "-E", "UTF8", f"--locale={locale}", "--no-instructions")
        argv = walls.build(self.walls, command + options, home=self.home.path, cwd=draft)
        done = subprocess.run(  # noqa: S603 - our own command
            argv, env=plain_env(), cwd=draft, capture_output=True, text=True, check=False
        )
        password.unlink()
        if done.returncode != 0:
            last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
            raise Trouble(f"PostgreSQL could not make its data folder: {last}", "./lab doctor")
        draft.rename(self.files)


def binary(name: str) -> Path:
    """Return one of PostgreSQL's programs."""
    found = system.find(name)
    if found is None:
        raise Trouble(f"PostgreSQL ({name}) is not installed.", "./lab setup")
    return found
