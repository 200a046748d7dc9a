"""lock_table, exhaust_connections, terminate_backends: what happens to a database.

Sessions that a fault opens carry `chaos:<fault id>` as their application name, so that whoever
lifts it finds them, also after a crash. (The server ends them by itself when the process that
opened them dies.)
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Literal

import asyncpg
from pydantic import Field

from chaos.faults.fault import Fault, Probe
from chaos.trouble import BadFault
from chaos.world import World

_PATIENCE_S = 5.0
_AT_ONCE = 8

_TERMINATE = """
    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE application_name LIKE $1 AND backend_type = 'client backend'
      AND pid <> pg_backend_pid()
"""
_LOCKED = """
    SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)
    WHERE application_name = $1 AND mode = 'AccessExclusiveLock' AND granted
      AND relation = to_regclass($2)
"""
_FREE = """
    SELECT current_setting('max_connections')::int
         - current_setting('superuser_reserved_connections')::int
         - (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend')
         + 1 -- the session that asks
"""


class _Database(Fault):
    """What the database faults share."""

    async def lift(self, world: World, fault_id: str) -> None:
        """End the sessions that the fault opened: ours, then whatever still has the name."""
        for connection in world.memory.forget(fault_id):
            connection.terminate()
        with contextlib.suppress(OSError, asyncpg.CannotConnectNowError):  # down: sessions too
            async with _session(world) as session:
                await session.execute(f"SET application_name = 'lifting {fault_id}'")
                await session.fetchval(_TERMINATE, _name(fault_id))


class LockTable(_Database):
    """Hold an exclusive lock on a table, as a careless migration does."""

    kind: Literal["lock_table"] = "lock_table"
    table: str = Field(pattern=r"^[a-z_][a-z0-9_]*$")

    async def apply(self, world: World, fault_id: str) -> None:
        """Take the lock; give up when others hold the table for too long."""
        connection = await _connect(world, _name(fault_id))
        world.memory.connections[fault_id] = [connection]
        await connection.execute(f"BEGIN; SET LOCAL lock_timeout = '{_PATIENCE_S:.0f}s'")
        try:
            await connection.execute(f'LOCK TABLE "{self.table}" IN ACCESS EXCLUSIVE MODE')
        except asyncpg.UndefinedTableError as error:
            raise BadFault(f"there is no table {self.table}") from error
        except asyncpg.LockNotAvailableError as error:
            raise BadFault(f"others held {self.table} for {_PATIENCE_S:.0f} s") from error

    async def probe(self, world: World, fault_id: str) -> Probe:
        """Ask the server who holds the lock."""
        async with _session(world) as session:
            held = await session.fetchval(_LOCKED, _name(fault_id), self.table)
        state = "holds an exclusive lock on" if held else "does not hold"
        return Probe(bool(held), f"the fault {state} {self.table}")


class ExhaustConnections(_Database):
    """Open connections until only `leave` are free for anybody but a superuser."""

    kind: Literal["exhaust_connections"] = "exhaust_connections"
    leave: int = Field(default=0, ge=0)

    async def apply(self, world: World, fault_id: str) -> None:
        """Open them, a few at a time."""
        async with _session(world) as session:
            free = int(await session.fetchval(_FREE))
        kept = world.memory.connections.setdefault(fault_id, [])
        missing = max(0, free - self.leave)
        while missing > 0:
            batch = min(_AT_ONCE, missing)
            kept += await asyncio.gather(*(_connect(world, _name(fault_id)) for _ in range(batch)))
            missing -= batch

    async def probe(self, world: World, fault_id: str) -> Probe:
        """Count what is free."""
        async with _session(world) as session:
            free = int(await session.fetchval(_FREE))
        ours = len(world.memory.connections.get(fault_id, []))
        return Probe(
            ours > 0 and free <= self.leave,
            f"{max(0, free)} connections are free, the fault holds {ours}",
        )


class TerminateBackends(_Database):
    """End the sessions of one application (`*` is a wildcard), once: a failover does this."""

    kind: Literal["terminate_backends"] = "terminate_backends"
    application: str = Field(min_length=1)

    async def apply(self, world: World, fault_id: str) -> None:
        """End them, and remember how many they were."""
        pattern = self.application.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
        async with _session(world) as session:
            ended = await session.fetchval(_TERMINATE, pattern.replace("*", "%"))
        world.memory.notes[fault_id] = int(ended)

    async def probe(self, world: World, fault_id: str) -> Probe:
        """Tell how many sessions were ended: none at all would have been no fault."""
        ended = int(world.memory.notes.get(fault_id, 0))
        return Probe(ended > 0, f"{ended} sessions of {self.application} were ended")


def _name(fault_id: str) -> str:
    return f"chaos:{fault_id}"


async def _connect(world: World, application: str) -> asyncpg.Connection:
    return await asyncpg.connect(
        world.postgres_dsn,
        timeout=_PATIENCE_S,
        command_timeout=2 * _PATIENCE_S,
        server_settings={"application_name": application},
    )


@contextlib.asynccontextmanager
async def _session(world: World) -> AsyncIterator[asyncpg.Connection]:
    connection = await _connect(world, "chaos")
    try:
        yield connection
    finally:
        await connection.close()
