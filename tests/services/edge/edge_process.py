"""A real HAProxy with our configuration, and two small servers that tell what they saw."""

import asyncio
import contextlib
import json
import shutil
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from string import Template

from redis_server import free_port

TEMPLATE = Path(__file__).parents[3] / "services" / "edge" / "haproxy.cfg.tmpl"
SECRET = "a-secret-of-this-run"
HAPROXY = shutil.which("haproxy", path="/usr/sbin:/usr/local/sbin:/usr/bin")


def configuration(folder: Path, ports: dict[str, int | str]) -> Path:
    values = {name: str(port) for name, port in ports.items()}
    values.setdefault("SPANS_ADDRESS", "127.0.0.1:9")  # nobody takes them there
    text = Template(TEMPLATE.read_text()).substitute(
        values, HOST="127.0.0.1", BIND="127.0.0.1", RUN_SECRET=SECRET
    )
    path = folder / "haproxy.cfg"
    path.write_text(text)
    return path


class Shortener:
    """Answers with the request it got, as JSON; a test may make it unready or break off."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.ready = True
        self.hesitates_s = 0.0  # before it says whether it is ready
        self.asked = 0  # whether it is ready
        self.break_off: Callable[[str], bool] = lambda _method: False
        self.seen: list[dict] = []
        self.port = free_port()
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)

    async def stop(self) -> None:
        self._server.close()
        for writer in list(self._writers):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                first, *lines = head.strip().split("\r\n")
                method, path, _ = first.split()
                headers = {k.lower(): v for k, v in (line.split(": ", 1) for line in lines)}
                await reader.readexactly(int(headers.get("content-length", 0)))
                if path == "/readyz":
                    self.asked += 1
                    await asyncio.sleep(self.hesitates_s)
                    self._answer(writer, 200 if self.ready else 503, {})
                    continue
                self.seen.append({"method": method, "path": path, "headers": headers})
                if self.break_off(method):
                    break
                self._answer(writer, 200, {"by": self.name, "headers": headers})
        self._writers.discard(writer)
        writer.transport.abort()

    def _answer(self, writer: asyncio.StreamWriter, status: int, body: dict) -> None:
        raw = json.dumps(body).encode()
        writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: {len(raw)}\r\n\r\n".encode() + raw)


class Edge:
    def __init__(self, folder: Path) -> None:
        self.a, self.b = Shortener("a"), Shortener("b")
        self.port, self.metrics_port = free_port(), free_port()
        self.lines = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)  # where spans go
        self.lines.bind(("127.0.0.1", 0))
        self.lines.setblocking(False)
        self.configuration = configuration(
            folder,
            {
                "EDGE_PORT": self.port,
                "METRICS_PORT": self.metrics_port,
                "SHORTENER_A_PORT": self.a.port,
                "SHORTENER_B_PORT": self.b.port,
                "SPANS_ADDRESS": f"127.0.0.1:{self.lines.getsockname()[1]}",
            },
        )

    async def next_line(self, within_s: float = 20) -> bytes:
        """What it logged next; TimeoutError when it logs nothing."""
        async with asyncio.timeout(within_s):
            return await asyncio.get_running_loop().sock_recv(self.lines, 8192)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["Edge"]:
        await self.a.start()
        await self.b.start()
        process = await asyncio.create_subprocess_exec(
            HAPROXY, "-q", "-db", "-f", str(self.configuration), stdout=asyncio.subprocess.DEVNULL
        )
        try:
            yield self
        finally:
            process.terminate()
            await process.wait()
            self.lines.close()
            await self.a.stop()
            await self.b.stop()
