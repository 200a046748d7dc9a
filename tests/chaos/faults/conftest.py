"""Real servers on loopback, and the small world in which faults act on them."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import pytest

from chaos.world import Memory

TO_NOBODY = ("unshare", "--user", "--map-user=65534", "--map-group=65534", "--")
DIES_WITH_US = ("setpriv", "--pdeathsig", "KILL", "--")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def binary(name: str) -> str:
    there = shutil.which(name) or next(
        (str(p) for p in sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))), None
    )
    if there is None:
        pytest.skip(f"{name} is not installed")
    return there


def wait_until(ready: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    give_up_s = time.monotonic() + 20
    while not ready():
        assert process.poll() is None, "the server ended before it was ready"
        assert time.monotonic() < give_up_s, "the server is not ready"
        time.sleep(0.03)


@pytest.fixture(scope="session")
def postgres_dsn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL with 20 connections (3 of them reserved) and a table `links`."""
    data, port = tmp_path_factory.mktemp("pg") / "data", free_port()
    as_nobody = TO_NOBODY if os.geteuid() == 0 else ()
    initdb = (binary("initdb"), "-D", str(data), "-U", "boss", "-A", "trust", "--no-sync")
    subprocess.run((*as_nobody, *initdb), check=True, capture_output=True)
    options = ("-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=")
    small = ("-c", "max_connections=20", "-c", "fsync=off", "-c", f"port={port}")
    process = subprocess.Popen(
        (*as_nobody, *DIES_WITH_US, binary("postgres"), "-D", str(data), *options, *small),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    dsn = f"postgresql://boss@127.0.0.1:{port}/postgres"
    wait_until(lambda: asyncio.run(_takes_queries(dsn)), process)
    yield dsn
    process.send_signal(signal.SIGINT)
    process.wait(20)


async def _takes_queries(dsn: str) -> bool:
    try:
        connection = await asyncpg.connect(dsn)
    except (OSError, asyncpg.PostgresError):
        return False
    await connection.execute("CREATE TABLE links (id int); CREATE ROLE app LOGIN")
    await connection.execute("GRANT SELECT ON links TO app")
    await connection.close()
    return True


@pytest.fixture
def redis_process(tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A Redis of its own for each test: some tests freeze it."""
    port = free_port()
    options = ("--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path))
    process = subprocess.Popen(
        (*DIES_WITH_US, binary("redis-server"), *options), stdout=subprocess.DEVNULL
    )

    def accepts() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    wait_until(accepts, process)
    yield f"redis://127.0.0.1:{port}/0", process
    process.kill()
    process.wait()


def sleeper() -> subprocess.Popen[bytes]:
    return subprocess.Popen((sys.executable, "-c", "input()"), stdin=subprocess.PIPE)


def end(child: subprocess.Popen[bytes]) -> None:
    child.kill()
    child.wait()
    if child.stdin:
        child.stdin.close()


class Processes:
    """A supervisor of a few `sleep`s and of whatever else a test starts."""

    def __init__(self, folder: Path) -> None:
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        self.urls: dict[str, str] = {}
        self.skewable: set[str] = set()
        self._folder = folder

    def pid(self, name: str) -> int | None:
        child = self.children.get(name)
        return child.pid if child and child.poll() is None else None

    async def pause(self, name: str) -> None:
        self.children[name].send_signal(signal.SIGSTOP)

    async def resume(self, name: str) -> None:
        self.children[name].send_signal(signal.SIGCONT)

    async def kill(self, name: str) -> None:
        end(self.children[name])

    async def start(self, name: str) -> None:
        if self.pid(name) is None:
            self.children[name] = sleeper()

    async def restart(self, name: str) -> None:
        await self.kill(name)
        await self.start(name)

    def url(self, name: str) -> str | None:
        return self.urls.get(name)

    def faketime_file(self, name: str) -> Path | None:
        return self._folder / name if name in self.skewable else None

    def end(self) -> None:
        for child in self.children.values():
            end(child)


@dataclass
class SmallWorld:
    """A world whose addresses a test fills in."""

    processes: Processes
    proxy_url: str = "http://127.0.0.1:9"
    postgres_dsn: str = "postgresql://nobody@127.0.0.1:9/none"
    redis_url: str = "redis://127.0.0.1:9/0"
    partner_url: str = "http://127.0.0.1:9"
    memory: Memory = field(default_factory=Memory)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[SmallWorld]:
    processes = Processes(tmp_path)
    yield SmallWorld(processes)
    processes.end()
