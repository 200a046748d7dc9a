"""A server that always gives the same answer: what is left of a measurement is the generator.

`python -m loadtests.constant` prints its port and serves until its standard input closes, so it
cannot outlive whoever started it.
"""

import asyncio
import sys

ANSWER = (
    b"HTTP/1.1 302 Found\r\nlocation: https://example.com/\r\n"
    b"cache-control: private, max-age=0\r\ncontent-length: 0\r\n\r\n"
)


class Constant(asyncio.Protocol):
    """Answers every request head, without reading what it asks."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember whom to answer."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._rest = b""

    def data_received(self, data: bytes) -> None:
        """Answer each head that is complete."""
        *heads, self._rest = (self._rest + data).split(b"\r\n\r\n")
        self._transport.write(ANSWER * len(heads))


async def serve() -> None:
    """Serve until standard input ends."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Constant, "127.0.0.1", 0, backlog=2_048)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve())
