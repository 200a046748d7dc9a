"""A lease in Redis: of several instances that miss the same code, one reads it.

It expires by itself, soon, because its owner may die in the middle. It is released by its owner
only: after an expiry somebody else may hold it. It saves work and guards nothing: who waits in
vain reads for themselves.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable

from services.kit.redis_link import RedisLink, RedisUnavailableError, Script
from services.shortener.redirects.entry import Entry

POLL_EVERY_S = 0.025
_RELEASE = Script(
    "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"
)


class Lease:
    """Leave to read one code."""

    def __init__(self, redis: RedisLink, *, lease_s: float) -> None:
        self._redis = redis
        self._lease_s = lease_s

    async def take(self, key: str) -> str | None:
        """A token, or None while another instance holds the lease.

        Without Redis there is nobody to agree with: everybody gets one.
        """
        token = secrets.token_hex(8)
        lease_ms = int(self._lease_s * 1000)
        try:
            granted = await self._redis.command("SET", f"lease:{key}", token, "NX", "PX", lease_ms)
        except RedisUnavailableError:
            return token
        return token if granted else None

    async def give_back(self, key: str, token: str) -> None:
        """Let the next one in, if the lease is still ours."""
        try:
            await self._redis.run(_RELEASE, [f"lease:{key}"], [token])
        except RedisUnavailableError:
            return  # it expires by itself

    async def wait(self, look: Callable[[], Awaitable[Entry | None]]) -> Entry | None:
        """Look for what the owner stores; give up when its lease must be over."""
        loop = asyncio.get_running_loop()
        until_s = loop.time() + self._lease_s
        while loop.time() < until_s:
            await asyncio.sleep(POLL_EVERY_S)
            entry = await look()
            if entry is not None:
                return entry
        return None
