"""Database faults on a real PostgreSQL."""

import asyncio

import asyncpg
import pytest

from chaos.faults import BadFault, parse
from chaos.world import Memory

pytestmark = pytest.mark.integration


@pytest.fixture
async def database(world, postgres_dsn):
    world.postgres_dsn = postgres_dsn
    yield world
    for connections in world.memory.connections.values():
        for connection in connections:
            connection.terminate()


def as_app(dsn: str, application: str = "shortener-a"):
    return asyncpg.connect(
        dsn.replace("boss", "app"), server_settings={"application_name": application}
    )


async def test_a_locked_table_blocks_readers_until_the_lock_is_lifted(database):
    fault = parse({"kind": "lock_table", "table": "links"})
    reader = await as_app(database.postgres_dsn)

    await fault.apply(database, "lock-1")
    on = await fault.probe(database, "lock-1")
    with pytest.raises(TimeoutError):
        await reader.fetch("SELECT * FROM links", timeout=0.2)
    await fault.lift(database, "lock-1")
    off = await fault.probe(database, "lock-1")

    assert (on.on, off.on) == (True, False)
    assert await reader.fetch("SELECT * FROM links", timeout=5) == []
    await reader.close()


async def test_a_lock_is_lifted_by_a_process_that_knows_only_its_id(database):
    fault = parse({"kind": "lock_table", "table": "links"})
    await fault.apply(database, "lock-2")
    orphaned, database.memory = database.memory, Memory()

    await fault.lift(database, "lock-2")

    assert not (await fault.probe(database, "lock-2")).on
    for connection in orphaned.connections["lock-2"]:
        connection.terminate()


async def test_a_table_that_is_not_there_cannot_be_locked(database):
    fault = parse({"kind": "lock_table", "table": "nothing"})

    with pytest.raises(BadFault, match="there is no table nothing"):
        await fault.apply(database, "lock-3")
    await fault.lift(database, "lock-3")


async def test_exhausted_connections_leave_so_many_and_come_back(database):
    fault = parse({"kind": "exhaust_connections", "leave": 1})

    await fault.apply(database, "exhaust-1")
    on = await fault.probe(database, "exhaust-1")
    last = await as_app(database.postgres_dsn)
    with pytest.raises(asyncpg.TooManyConnectionsError):
        await as_app(database.postgres_dsn)
    await fault.lift(database, "exhaust-1")
    off = await fault.probe(database, "exhaust-1")

    assert (on.on, off.on) == (True, False)
    assert on.seen.startswith("1 connections are free")
    await last.close()
    await (await as_app(database.postgres_dsn)).close()


async def test_only_the_named_applications_sessions_are_ended(database):
    fault = parse({"kind": "terminate_backends", "application": "shortener-*"})
    hit = await as_app(database.postgres_dsn)
    spared = await as_app(database.postgres_dsn, "analytics")
    ended = asyncio.Event()
    hit.add_termination_listener(lambda _connection: ended.set())

    await fault.apply(database, "terminate-1")
    probe = await fault.probe(database, "terminate-1")

    assert (probe.on, probe.seen) == (True, "1 sessions of shortener-* were ended")
    async with asyncio.timeout(5):
        await ended.wait()
    assert await spared.fetchval("SELECT 1") == 1
    await spared.close()


async def test_ending_nobodys_sessions_is_no_fault(database):
    fault = parse({"kind": "terminate_backends", "application": "nobody"})

    await fault.apply(database, "terminate-2")

    assert not (await fault.probe(database, "terminate-2")).on
    await fault.lift(database, "terminate-2")


async def test_with_the_server_down_there_is_nothing_to_lift(world):
    await parse({"kind": "lock_table", "table": "links"}).lift(world, "lock-4")
