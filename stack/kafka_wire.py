"""One question in Kafka's own protocol: which topics do you have?

The warden asks it to know that a broker is ready, and by asking creates the topics (both brokers
make a topic that is asked for). Forty lines of `struct` instead of a Kafka client, which would cost
the warden 20 MB for the rest of its life.
"""

import asyncio
import struct
from dataclasses import dataclass

from stack.home import LOOPBACK

ANSWER_WITHIN_S = 1.0
_METADATA, _VERSION, _CORRELATION = 3, 4, 7


class Malformed(ValueError):  # noqa: N818 - it says what the bytes are
    """The answer is not what the protocol says: something else listens there."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a broker says about itself: where to connect next, and its topics."""

    brokers: tuple[tuple[str, int], ...]
    partitions: dict[str, int]
    """Topic -> partitions that have a leader; topics that are not ready are left out."""


async def metadata(port: int, topics: tuple[str, ...]) -> Metadata | None:
    """Ask a broker on loopback; None when it does not answer (yet)."""
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            reader, writer = await asyncio.open_connection(LOOPBACK, port)
            try:
                writer.write(_request(topics))
                (size,) = struct.unpack(">i", await reader.readexactly(4))
                if not 0 < size < 1_000_000:
                    return None
                return parse(await reader.readexactly(size))
            finally:
                writer.close()
    except (OSError, TimeoutError, asyncio.IncompleteReadError, Malformed):
        return None


def _request(topics: tuple[str, ...]) -> bytes:
    head = struct.pack(">hhi", _METADATA, _VERSION, _CORRELATION) + _text("lab")
    body = struct.pack(">i", len(topics)) + b"".join(map(_text, topics)) + b"\x01"  # create them
    return struct.pack(">i", len(head + body)) + head + body


def _text(value: str) -> bytes:
    raw = value.encode()
    return struct.pack(">h", len(raw)) + raw


def parse(frame: bytes) -> Metadata:
    """Read a Metadata answer of version 4."""
    try:
        return _parse(_Reader(frame))
    except (struct.error, UnicodeDecodeError) as error:
        raise Malformed(str(error)) from error


def _parse(read: "_Reader") -> Metadata:
    if read.int32() != _CORRELATION:
        raise Malformed("an answer to another question")
    read.int32()  # throttle time
    brokers = []
    for _ in range(read.int32()):
        read.int32()  # node id
        brokers.append((read.text(), read.int32()))
        read.text()  # rack
    read.text()  # cluster id
    read.int32()  # controller
    partitions = {}
    for _ in range(read.int32()):
        failed, name, _internal = read.int16(), read.text(), read.int8()
        led = _led_partitions(read)
        if not failed and led:
            partitions[name] = led
    return Metadata(tuple(brokers), partitions)


def _led_partitions(read: "_Reader") -> int:
    led = 0
    for _ in range(read.int32()):
        failed, _index, leader = read.int16(), read.int32(), read.int32()
        for _list in ("replicas", "in sync"):
            for _ in range(read.int32()):
                read.int32()
        led += not failed and leader >= 0
    return led


class _Reader:
    def __init__(self, frame: bytes) -> None:
        self.frame, self.at = frame, 0

    def _take(self, form: str, size: int) -> int:
        (value,) = struct.unpack_from(form, self.frame, self.at)
        self.at += size
        return int(value)

    def int8(self) -> int:
        return self._take(">b", 1)

    def int16(self) -> int:
        return self._take(">h", 2)

    def int32(self) -> int:
        return self._take(">i", 4)

    def text(self) -> str:
        size = max(0, self.int16())  # -1 is null
        raw = self.frame[self.at : self.at + size]
        self.at += size
        return raw.decode()
