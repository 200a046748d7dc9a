"""The UDP side of the sink: lines of the edge come in, spans go on."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from stack.sink import edge

log = logging.getLogger("sink")
HOST = "127.0.0.1"


class _Lines(asyncio.DatagramProtocol):
    def __init__(self, take: Callable[[dict[str, Any]], object]) -> None:
        self._take = take

    def datagram_received(self, data: bytes, _address: object) -> None:
        span = edge.read(data)
        if span is not None:
            self._take(span)


@asynccontextmanager
async def lines_of_the_edge(
    port: int | None, take: Callable[[dict[str, Any]], object]
) -> AsyncIterator[None]:
    """Hand each span of the edge to `take`. A port that is taken costs the edge's spans only."""
    if port is None:
        yield
        return
    loop = asyncio.get_running_loop()
    try:
        transport, _ = await loop.create_datagram_endpoint(
            lambda: _Lines(take), local_addr=(HOST, port)
        )
    except OSError as error:
        log.warning("no spans of the edge: UDP port %s: %s", port, error.strerror)
        yield
        return
    try:
        yield
    finally:
        transport.close()
