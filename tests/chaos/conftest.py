"""A fault proxy in its own process, and small servers to put behind it."""

import asyncio
import contextlib
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from chaos.client import AsyncProxyClient

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def proxy_url() -> Iterator[str]:
    """The URL of a fault proxy that runs as it does in the lab: a process of its own."""
    process = subprocess.Popen(
        [sys.executable, "-m", "chaos.proxy", "--port", "0"],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    with process, process.stdout:
        yield process.stdout.readline().split()[-1]
        process.terminate()


@pytest.fixture
async def proxy(proxy_url: str) -> AsyncIterator[AsyncProxyClient]:
    """A client of a proxy process that has no proxies yet."""
    async with AsyncProxyClient(proxy_url) as client:
        yield client
        for name in await client.proxies():
            await client.remove(name)


@pytest.fixture
async def echo() -> AsyncIterator[str]:
    """The address of a server that sends back what it gets, and closes when told so."""

    open_ones: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        open_ones[task] = writer
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
        del open_ones[task]

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        for writer in open_ones.values():
            writer.transport.abort()
        await asyncio.gather(*open_ones)


class Line:
    """A client's end of one connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    @contextlib.asynccontextmanager
    async def to(cls, address: str) -> AsyncIterator["Line"]:
        host, port = address.split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        try:
            yield cls(reader, writer)
        finally:
            writer.transport.abort()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def ask(self, data: bytes, within_s: float = 5) -> tuple[bytes, float]:
        """Send, and return as many bytes as were sent, and the seconds it took."""
        started_s = asyncio.get_running_loop().time()
        self.writer.write(data)
        async with asyncio.timeout(within_s):
            await self.writer.drain()
            answer = await self.reader.readexactly(len(data))
        return answer, asyncio.get_running_loop().time() - started_s
