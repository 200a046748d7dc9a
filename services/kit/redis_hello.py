"""Where Redis is, and how a connection to it begins."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

import hiredis

from services.kit.redis_slots import One, RedisReplyError
from services.kit.resp import Reply, RespConnection, Word


@dataclass(frozen=True, slots=True)
class RedisAddress:
    """What a redis:// URL says."""

    host: str
    port: int
    password: str | None
    database: int

    @classmethod
    def parse(cls, url: str) -> "RedisAddress":
        """Read `redis://[:password@]host[:port][/database]`."""
        parts = urlsplit(url)
        if parts.scheme != "redis" or not parts.hostname:
            raise ValueError("a Redis URL looks like redis://127.0.0.1:6379/0")
        password = unquote(parts.password) if parts.password else None
        return cls(parts.hostname, parts.port or 6379, password, int(parts.path.strip("/") or 0))


async def connect(  # noqa: PLR0913 - each one is a choice of its own, all by name
    address: RedisAddress,
    client_name: str,
    *,
    lost: asyncio.Event,
    within_s: float,
    pushed: Callable[[Sequence[Any]], None] | None = None,
    protocol: int = 2,
    then: Sequence[Word] = (),
) -> RespConnection:
    """A connection on which somebody answers; `lost` is set when it ends.

    Raises:
        OSError, TimeoutError, RedisReplyError, RedisUnavailableError: there is none, and nothing
            is left open. `then` is a command that is part of connecting.
    """
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(within_s):
        _, wire = await loop.create_connection(
            lambda: RespConnection(lambda _error: lost.set(), pushed), address.host, address.port
        )
        try:
            await greet(wire, address, client_name, protocol=protocol)
            if then:
                await ask(wire, *then)
        except BaseException:
            wire.close()
            raise
    return wire


async def greet(
    wire: RespConnection, address: RedisAddress, client_name: str, *, protocol: int = 2
) -> None:
    """Say who we are, and prove that somebody answers: a swallowing network accepts anybody."""
    words: list[Word] = ["HELLO", protocol]
    if address.password:
        words += ["AUTH", "default", address.password]
    if client_name:
        words += ["SETNAME", client_name]
    greetings: list[list[Word]] = [words]
    if address.database:
        greetings.append(["SELECT", address.database])
    for greeting in greetings:
        await ask(wire, *greeting)


async def ask(wire: RespConnection, *words: Word) -> Reply:
    """One command on a bare connection; the caller sees to the time-out."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Reply] = loop.create_future()
    wire.send(One(future, loop.time()), *words)
    reply = await future
    if isinstance(reply, hiredis.ReplyError):
        raise RedisReplyError(str(reply))
    return reply
