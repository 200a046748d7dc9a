"""One proxied connection: two sockets, and a pump in each direction between them.

client socket  --- upstream pump --->   server socket
               <-- downstream pump ---
"""

import asyncio
import contextlib
import socket
import struct
import time
from collections.abc import Callable, Sequence
from typing import cast

from chaos.proxy.chain import Attached
from chaos.proxy.pump import Pump
from chaos.proxy.stats import Stats
from chaos.proxy.toxics import End

_LINGER_ZERO = struct.pack("ii", 1, 0)  # close() then sends RST instead of FIN


class Side(asyncio.Protocol):
    """One of the two sockets. What it reads goes into `outgoing`; `incoming` writes to it."""

    def __init__(self, on_made: Callable[[], None], on_lost: Callable[[], None]) -> None:
        self._on_made = on_made
        self._on_lost = on_lost
        self.transport: asyncio.Transport | None = None
        self.outgoing: Pump | None = None
        self.incoming: Pump | None = None
        self.on_data: Callable[[bytes], None] = self._keep
        self._early: list[bytes] = []
        self._early_eof = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember the socket."""
        self.transport = cast(asyncio.Transport, transport)  # uvloop's are not subclasses of it
        self._on_made()

    def begin(self, on_data: Callable[[bytes], None]) -> None:
        """Hand over what came before the pumps were there, and read on."""
        self.on_data = on_data
        if self.transport and not self.transport.is_closing():
            self.transport.resume_reading()
        for data in self._early:  # don't drop what came early
            on_data(data)
        self._early.clear()
        if self._early_eof:
            self.eof_received()

    def _keep(self, data: bytes) -> None:
        # Pausing in connection_made is too early: uvloop begins to read right after it.
        self._early.append(data)
        if self.transport:
            self.transport.pause_reading()

    def data_received(self, data: bytes) -> None:
        """Hand over to the pump."""
        self.on_data(data)

    def eof_received(self) -> bool:
        """Keep the socket open: the other direction may still have something to say."""
        if self.outgoing:
            self.outgoing.take_end(End.EOF)
        else:
            self._early_eof = True
        return True

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """Let what it had sent before still get through, then close the other side."""
        if self.incoming:
            self.incoming.stop()
        if self.outgoing:
            self.outgoing.take_end(End.CLOSE)
        self._on_lost()

    def pause_writing(self) -> None:
        """Pass the back-pressure on to the other socket."""
        if self.incoming:
            self.incoming.sink_full()

    def resume_writing(self) -> None:
        """Take the back-pressure away."""
        if self.incoming:
            self.incoming.sink_drained()


class Connection:
    """A client, its own connection to the upstream, and the bytes between them."""

    def __init__(
        self,
        stats: Stats,
        on_made: Callable[["Connection"], None],
        on_closed: Callable[["Connection"], None],
    ) -> None:
        self._stats = stats
        self._on_closed = on_closed
        self.client = Side(lambda: on_made(self), self._lost)
        self._server = Side(lambda: None, self._lost)
        self._pumps: dict[str, Pump] = {}
        self._ended: set[str] = set()
        self._closed = False
        self.asked_s: float | None = None  # the exchange in flight began then (epoch)

    async def join(self, host: str, port: int) -> None:
        """Connect to the upstream and let bytes flow; OSError when it cannot be reached."""
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: self._server, host, port)
        client, server = self.client.transport, self._server.transport
        assert client is not None
        assert server is not None
        if self._closed:
            server.abort()
            return
        stats = self._stats
        up = Pump(client, server, stats, self._sent, lambda end: self._end("upstream", end))
        down = Pump(server, client, stats, self._answered, lambda end: self._end("downstream", end))
        self._pumps = {"upstream": up, "downstream": down}
        self.client.outgoing = self._server.incoming = up
        self.client.incoming = self._server.outgoing = down

    def begin(self) -> None:
        """Begin to move bytes."""
        if not self._closed:
            self.client.begin(self._ask)
        if not self._closed:
            self._server.begin(self._pumps["downstream"].take)

    def set_toxics(self, toxics: Sequence[Attached]) -> None:
        """Let these toxics, and only these, bite from now on."""
        for stream, pump in self._pumps.items():
            pump.set_toxics([toxic for toxic in toxics if toxic.stream == stream])

    def close(self, *, reset: bool = False, abort: bool = False) -> None:
        """Close both sides: after what was written is out, or at once, or with a TCP RST."""
        if self._closed:
            return
        self._closed = True
        if self.asked_s is not None:
            self._stats.exchanges_cut += 1
            self.asked_s = None
        for pump in self._pumps.values():
            pump.stop()
        for side in (self.client, self._server):
            if side.transport:
                _close(side.transport, reset=reset, abort=abort)
        self._on_closed(self)

    def _ask(self, data: bytes) -> None:
        if self.asked_s is None:
            self.asked_s = time.time()
        self._pumps["upstream"].take(data)

    def _sent(self, count: int) -> None:
        self._stats.upstream_bytes += count

    def _answered(self, count: int) -> None:
        self._stats.downstream_bytes += count
        if self.asked_s is not None:
            self.asked_s = None
            self._stats.exchanges_done += 1

    def _end(self, stream: str, end: End) -> None:
        if end is End.EOF and not self._closed:
            self._ended.add(stream)
            side = self._server if stream == "upstream" else self.client
            if len(self._ended) == 1 and side.transport and not side.transport.is_closing():
                with contextlib.suppress(OSError):
                    side.transport.write_eof()
                return
        self.close(reset=end is End.RESET)

    def _lost(self) -> None:
        if not self._pumps:
            self.close()


def _close(transport: asyncio.Transport, *, reset: bool, abort: bool) -> None:
    if reset:
        pipe = transport.get_extra_info("socket")
        with contextlib.suppress(OSError):
            pipe.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)
    if reset or abort:
        transport.abort()
    else:
        transport.close()
