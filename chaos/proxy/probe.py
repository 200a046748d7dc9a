"""Does a toxic bite? One exchange of one byte, timed, under the toxics of a proxy.

It runs over a link of its own, with an echo at its end: the same code and the same toxics, but
neither the real dependency nor the real proxy's counts notice. Graders read those counts.
"""

import asyncio
import contextlib
import time
from collections.abc import Sequence
from typing import Any

from chaos.proxy.chain import Attached
from chaos.proxy.fault_proxy import FaultProxy


async def probe(toxics: Sequence[Attached], within_s: float) -> dict[str, Any]:
    """Return how the exchange ended (answered, closed, reset or silent) and when."""
    server = await asyncio.start_server(_echo, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    link = FaultProxy("probe", "127.0.0.1:0", f"127.0.0.1:{port}")
    async with server:
        await link.start()
        link.use_toxics(toxics)
        try:
            return await _exchange(link.listen, within_s)
        finally:
            link.stop()


async def _exchange(address: str, within_s: float) -> dict[str, Any]:
    host, port = address.rsplit(":", 1)
    reader, writer = await asyncio.open_connection(host, int(port))
    started_s = time.monotonic()
    ended = "silent"
    try:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                writer.write(b"?")
                ended = "answered" if await reader.read(1) else "closed"
    except ConnectionError:
        ended = "reset"
    finally:
        writer.transport.abort()
    return {"ended": ended, "took_ms": round((time.monotonic() - started_s) * 1000, 1)}


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(64):
            writer.write(data)
    writer.close()
