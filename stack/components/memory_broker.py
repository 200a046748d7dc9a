"""The broker for machines without Java: librdkafka's in-memory one, behind listeners of ours.

It ships inside the `confluent-kafka` wheel, for tests of Kafka clients, and speaks the real
protocol: produce (idempotent too), fetch, offsets, consumer groups. It cannot choose its port and
tells every client the same address, so a client would leave its fault proxy at once. Hence the
fronts: one per listener, passing every frame on and putting that listener's own advertised port
into the two answers that carry addresses (Metadata and FindCoordinator). The host stays the same
and a port has a fixed width, so no frame changes its length.

What it holds is gone when it stops. Its groups do not rebalance as Kafka's do.

Run by path, not as a module: it imports the wheel and nothing of ours.
"""

import argparse
import asyncio
import contextlib
import ctypes
import importlib.util
import struct
from collections.abc import Callable
from pathlib import Path

HOST = "127.0.0.1"
CARRIES_ADDRESSES = frozenset({3, 10})  # Metadata, FindCoordinator
LARGEST_FRAME_BYTES = 100_000_000
_PRODUCER = 0  # a client is needed to hold the broker; it produces nothing


class Addresses:
    """Puts one listener's advertised port where the broker wrote its own."""

    def __init__(self, broker_port: int, advertised_port: int) -> None:
        self._theirs = HOST.encode() + struct.pack(">i", broker_port)
        self._ours = HOST.encode() + struct.pack(">i", advertised_port)
        self._rewrite: set[bytes] = set()

    def asked(self, request: bytes) -> bytes:
        """Remember, by correlation id, which answers will carry addresses."""
        (api,) = struct.unpack_from(">h", request)
        if api in CARRIES_ADDRESSES:
            self._rewrite.add(request[4:8])
        return request

    def answered(self, frame: bytes) -> bytes:
        """Return the answer as this listener's client should see it."""
        if frame[:4] not in self._rewrite:
            return frame
        self._rewrite.discard(frame[:4])
        return frame.replace(self._theirs, self._ours)


async def serve(port: int, advertised_port: int, broker_port: int) -> asyncio.Server:
    """Listen for one client of the stack."""

    async def connected(client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        broker, to_broker = await asyncio.open_connection(HOST, broker_port)
        addresses = Addresses(broker_port, advertised_port)
        ways = {
            asyncio.create_task(_carry(client, to_broker, addresses.asked)),
            asyncio.create_task(_carry(broker, to_client, addresses.answered)),
        }
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            for writer in (to_broker, to_client):
                writer.close()

    return await asyncio.start_server(connected, HOST, port)


async def _carry(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, look: Callable[[bytes], bytes]
) -> None:
    with contextlib.suppress(OSError, asyncio.IncompleteReadError):
        while True:
            head = await reader.readexactly(4)
            (size,) = struct.unpack(">i", head)
            if not 8 <= size <= LARGEST_FRAME_BYTES:
                return  # not Kafka's protocol
            writer.write(head + look(await reader.readexactly(size)))
            await writer.drain()


class Broker:
    """librdkafka's mock cluster of one broker, through its C interface."""

    def __init__(self) -> None:
        library = self._library = ctypes.CDLL(str(_find_library()))
        for name in ("conf_new", "new", "mock_cluster_new", "mock_cluster_bootstraps"):
            getattr(library, f"rd_kafka_{name}").restype = ctypes.c_void_p
        library.rd_kafka_mock_cluster_bootstraps.restype = ctypes.c_char_p
        said = ctypes.create_string_buffer(512)
        settings = ctypes.c_void_p(library.rd_kafka_conf_new())
        client = library.rd_kafka_new(_PRODUCER, settings, said, ctypes.c_size_t(len(said)))
        if not client:
            raise RuntimeError(said.value.decode())
        self._cluster = ctypes.c_void_p(
            library.rd_kafka_mock_cluster_new(ctypes.c_void_p(client), 1)
        )
        # Kafka's default of 3 s is for fleets; the other broker is set to 0 as well.
        library.rd_kafka_mock_group_initial_rebalance_delay_ms(self._cluster, 0)

    @property
    def port(self) -> int:
        """The port that it took."""
        said: bytes = self._library.rd_kafka_mock_cluster_bootstraps(self._cluster)
        return int(said.decode().split(",")[0].rpartition(":")[2])


def _find_library() -> Path:
    found = importlib.util.find_spec("confluent_kafka")
    if found is None or found.origin is None:
        raise RuntimeError("confluent-kafka is not installed")
    package = Path(found.origin).parent
    places = (package.parent / "confluent_kafka.libs", package / ".dylibs", package)
    for place in places:
        for library in sorted(place.glob("librdkafka[.-]*")):
            return library
    raise RuntimeError(f"no librdkafka in {package}")


async def run(listeners: list[tuple[int, int]]) -> None:
    """Serve until killed."""
    broker = Broker()
    fronts = [await serve(port, advertised, broker.port) for port, advertised in listeners]
    print(f"in memory, {len(fronts)} listeners", flush=True)
    await asyncio.gather(*(front.serve_forever() for front in fronts))


def _listener(text: str) -> tuple[int, int]:
    port, _, advertised = text.partition(":")
    return int(port), int(advertised or port)


def main() -> None:
    """`--listen PORT[:ADVERTISED]`, once for each client."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--listen", type=_listener, action="append", required=True)
    asyncio.run(run(parser.parse_args().listen))


if __name__ == "__main__":
    main()
