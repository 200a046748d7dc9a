"""redis_pause, redis_evict: what happens to a cache.

A pause is SIGSTOP. `CLIENT PAUSE` and `DEBUG SLEEP` freeze Redis as well, but nobody can take
either back before it ends: the command that would is a command, and waits.
"""

import contextlib
from collections.abc import AsyncIterator
from typing import Literal

from pydantic import Field
from redis.asyncio import Redis
from redis.exceptions import RedisError

from chaos.faults.fault import Fault, Probe
from chaos.faults.process import freeze, stopped
from chaos.trouble import BadFault
from chaos.world import World

_SILENCE_S = 0.3
_PER_SCAN = 1000
PROCESS = "redis"


class RedisPause(Fault):
    """Freeze Redis: connections stay open, new ones are made, and no command is answered."""

    kind: Literal["redis_pause"] = "redis_pause"

    async def apply(self, world: World, fault_id: str) -> None:  # noqa: ARG002
        """Stop the server."""
        await freeze(world, PROCESS)

    async def lift(self, world: World, fault_id: str) -> None:  # noqa: ARG002
        """Let it run on."""
        await world.processes.resume(PROCESS)

    async def probe(self, world: World, fault_id: str) -> Probe:  # noqa: ARG002
        """Ask it something, directly."""
        state = stopped(world, PROCESS)
        if not state.on:
            return state
        async with _client(world, _SILENCE_S) as client:
            try:
                await client.ping()
            except (RedisError, OSError, TimeoutError):
                return Probe(True, f"{state.seen} and does not answer a PING")
        return Probe(False, f"{state.seen}, yet it answers a PING")


class RedisEvict(Fault):
    """Delete the keys that `pattern` picks, once, as a full cache or a flush does."""

    kind: Literal["redis_evict"] = "redis_evict"
    pattern: str = Field(default="*", min_length=1)

    async def apply(self, world: World, fault_id: str) -> None:
        """Delete them, and remember how many they were."""
        gone = 0
        async with _client(world, 5.0) as client:
            try:
                cursor = 0
                while True:
                    cursor, keys = await client.scan(cursor, self.pattern, _PER_SCAN)
                    gone += await client.unlink(*keys) if keys else 0
                    if cursor == 0:
                        break
            except (RedisError, OSError) as error:
                raise BadFault(f"Redis cannot be reached: {error}") from error
        world.memory.notes[fault_id] = gone

    async def lift(self, world: World, fault_id: str) -> None:
        """Forget; evicted keys do not come back by themselves."""
        world.memory.forget(fault_id)

    async def probe(self, world: World, fault_id: str) -> Probe:
        """Tell how many keys went: none at all would have been no fault."""
        gone = int(world.memory.notes.get(fault_id, 0))
        return Probe(gone > 0, f"{gone} keys like {self.pattern} were evicted")


@contextlib.asynccontextmanager
async def _client(world: World, timeout_s: float) -> AsyncIterator[Redis]:
    client = Redis.from_url(
        world.redis_url, socket_timeout=timeout_s, socket_connect_timeout=timeout_s
    )
    try:
        yield client
    finally:
        await client.aclose()
