"""Redis: the cache, the leases and the rate limiter's buckets."""

import asyncio

from stack import system
from stack.components.component import Defaults
from stack.home import LOOPBACK
from stack.trouble import Trouble
from stack.walls import Walls


class Redis(Defaults):
    """A cache: nothing in it has to survive, so it writes nothing to disk."""

    name = "redis"
    walls = Walls.UNPRIVILEGED
    ready_within_s = 10.0

    def argv(self) -> tuple[str, ...]:
        """Return the server's command; all of its configuration stands here."""
        server = system.find("redis-server")
        if server is None:
            raise Trouble("Redis is not installed.", "./lab setup")
        options = {
            "port": str(self.home.port(self.name)),
            "bind": LOOPBACK,
            "save": "",
            "appendonly": "no",
            "dir": str(self.cwd()),
            "maxmemory": "64mb",
            "maxmemory-policy": "allkeys-lru",
            "daemonize": "no",
        }
        words = [word for key, value in options.items() for word in (f"--{key}", value)]
        return (str(server), *words)

    async def ready(self) -> bool:
        """Whether it answers a PING."""
        return await command(self.home.port(self.name), "PING") == "+PONG"


async def command(port: int, *words: str) -> str:
    """Send one command and return the first line of the answer, or nothing when there was none."""
    try:
        async with asyncio.timeout(2.0):
            reader, writer = await asyncio.open_connection(LOOPBACK, port)
            try:
                writer.write((" ".join(words) + "\r\n").encode())
                await writer.drain()
                return (await reader.readline()).decode().strip()
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return ""
