"""A real Redis on loopback that a test may kill, freeze, slow down and bring back."""

import asyncio
import contextlib
import shutil
import signal
import socket
import tempfile
from pathlib import Path
from typing import Self

import pytest


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class RedisServer:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        self.process = await asyncio.create_subprocess_exec(
            "redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "",
            "--appendonly", "no", "--daemonize", "no", "--dir", str(self.folder),
            stdout=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        async with asyncio.timeout(10):
            while not await self._listens():
                await asyncio.sleep(0.02)

    async def _listens(self) -> bool:
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
            writer.close()
            await writer.wait_closed()
            return True
        return False

    def freeze(self) -> None:
        """SIGSTOP: connections stay open, nothing is answered. What a swallowing network does."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    async def kill(self) -> None:
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()


@pytest.fixture
async def redis_server():
    folder = Path(tempfile.mkdtemp(prefix="redis-test-"))
    server = RedisServer(folder)
    await server.start()
    yield server
    await server.kill()
    shutil.rmtree(folder, ignore_errors=True)


class SlowPipe:
    """A TCP relay that delivers what the server says `delay_s` after it arrived, in order."""

    def __init__(self, target_port: int) -> None:
        self.target_port = target_port
        self.port = free_port()
        self.delay_s = 0.0
        self.connections = 0
        self.swallow = False
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task] = set()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        return self

    async def __aexit__(self, *_exc) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self) -> None:
        """Drop every connection that is open."""
        for task in self._tasks:
            task.cancel()

    async def _accept(self, reader, writer) -> None:
        self.connections += 1
        task = asyncio.current_task()
        self._tasks.add(task)
        try:
            up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self.target_port)
            try:
                await asyncio.gather(
                    self._pump(reader, up_writer, delayed=False),
                    self._pump(up_reader, writer, delayed=True),
                )
            finally:
                up_writer.transport.abort()
        except (asyncio.CancelledError, OSError):
            pass
        finally:
            self._tasks.discard(task)
            writer.transport.abort()

    async def _pump(self, reader, writer, *, delayed: bool) -> None:
        loop = asyncio.get_running_loop()
        while data := await reader.read(65536):
            if self.swallow:
                continue
            if delayed and self.delay_s:
                loop.call_later(self.delay_s, self._deliver, writer, data)
            else:
                self._deliver(writer, data)
        writer.transport.abort()

    def _deliver(self, writer, data: bytes) -> None:
        if not writer.transport.is_closing() and not self.swallow:
            writer.write(data)
