"""Redis slow, cut off, killed or out of step: visitors are answered, and an edit is not undone."""

import asyncio
import contextlib
import time

import pytest
from redirecting import (
    QUICK,
    SOON_S,
    edit,
    forget,
    instance,
    loads,
    location,
    near_cache_holds,
    new_link,
    read_until,
    redis_of,
    until_seen,
)
from redis_server import SlowPipe

from services.kit.redis_link import RedisUnavailableError
from services.shortener.redirects.entry import Entry

pytestmark = pytest.mark.integration


async def test_a_change_that_was_late_for_redis_does_not_come_back_over_a_newer_one(
    dsn, redis_server
):
    """Seed 487 of the soak: the newer one had arrived, and Redis lost it when it was killed."""
    async with (
        SlowPipe(redis_server.port) as pipe,
        instance(dsn, pipe.url, **QUICK) as a,
        instance(dsn, redis_server.url, "shortener-b", signed_up=False, **QUICK) as b,
    ):
        link = await new_link(a)
        pipe.swallow = True
        await edit(a, link, "https://example.com/late")
        assert a.app.state.parts.redirects.updates._late, "it could not be brought to Redis"
        b.token = a.token
        await edit(b, link, "https://example.com/newest")
        assert await location(b, link["code"]) == "https://example.com/newest"

        await redis_server.kill()
        await redis_server.start()
        pipe.swallow = False
        async with asyncio.timeout(10):  # before anybody reads it, and so brings it to Redis
            while a.app.state.parts.redirects.updates._late:
                await asyncio.sleep(0.05)
        for client in (a, b):
            await until_seen(client, link["code"], "https://example.com/newest", within_s=SOON_S)


async def test_what_was_read_before_redis_was_replaced_is_not_brought_to_the_new_one(
    dsn, redis_server
):
    async with instance(dsn, redis_server.url, **QUICK) as client:
        link = await new_link(client)
        redirects = client.app.state.parts.redirects
        loader = redirects.updates._resolver._loader
        load, has_read, may_go_on = loader.load, asyncio.Event(), asyncio.Event()

        async def slow_load(key: str) -> Entry:
            entry = await load(key)
            has_read.set()
            await may_go_on.wait()
            return entry

        await forget(client)
        loader.load = slow_load
        reading = asyncio.create_task(location(client, link["code"]))
        await has_read.wait()
        loader.load = load
        await edit(client, link, "https://example.com/new")
        await redis_server.kill()
        await redis_server.start()
        async with asyncio.timeout(10):
            while not redis_of(client).connected or redis_of(client).connections < 2:
                await asyncio.sleep(0.02)
        may_go_on.set()

        assert await reading == "https://example.com/one", "it asked before the edit"
        await until_seen(client, link["code"], "https://example.com/new", within_s=SOON_S)


@pytest.mark.parametrize("trouble", ["none", "slow", "swallowed", "cut"])
async def test_an_edit_is_seen_by_the_other_instance_within_a_second(dsn, redis_server, trouble):
    """Whatever happens to the other instance's way to Redis."""
    async with (
        SlowPipe(redis_server.port) as pipe,
        instance(dsn, redis_server.url) as a,
        instance(dsn, pipe.url, "shortener-b", signed_up=False, **QUICK) as b,
    ):
        link = await new_link(a)
        await near_cache_holds(b, link["code"])
        pipe.delay_s = 0.2 if trouble == "slow" else 0
        pipe.swallow = trouble == "swallowed"
        if trouble == "cut":
            pipe.cut()
        reading = asyncio.create_task(read_until(b, link["code"], "https://example.com/new"))
        await asyncio.sleep(0.05)
        await edit(a, link, "https://example.com/new")
        edited_s = time.monotonic()

        assert await reading - edited_s < SOON_S


async def test_redirects_go_on_when_redis_is_killed_and_use_it_again_afterwards(dsn, redis_server):
    async with instance(dsn, redis_server.url, **QUICK) as client:
        links = [await new_link(client, f"https://example.com/{n}") for n in range(20)]
        await redis_server.kill()

        for link in links * 5:
            assert await location(client, link["code"]) == link["url"]

        await redis_server.start()
        before = loads(client)
        async with asyncio.timeout(10):
            while True:
                await location(client, links[0]["code"])
                if loads(client) == before:
                    break
                before = loads(client)
                await asyncio.sleep(0.05)


@pytest.mark.parametrize("trouble", ["frozen", "slow"])
async def test_redirects_go_on_while_redis_does_not_answer_in_time(dsn, redis_server, trouble):
    async with SlowPipe(redis_server.port) as pipe, instance(dsn, pipe.url, **QUICK) as client:
        links = [await new_link(client, f"https://example.com/{n}") for n in range(20)]
        if trouble == "frozen":
            redis_server.freeze()
        else:
            pipe.delay_s = 1.0
        took_s = []
        for link in links * 10:
            began_s = time.monotonic()
            assert await location(client, link["code"]) == link["url"]
            took_s.append(time.monotonic() - began_s)
            await asyncio.sleep(0.002)
        redis_server.thaw()

        assert max(took_s) < 3
        asked = client.metric("redis_command_seconds_count", command="get", outcome="failed")
        assert asked <= 0.05 * len(took_s) + 10


async def test_with_redis_away_only_a_few_reads_are_at_the_database_at_once(dsn, redis_server, sql):
    async with instance(dsn, redis_server.url, loads_at_once=3, **QUICK) as client:
        links = [await new_link(client) for _ in range(30)]
        await redis_server.kill()
        seen = client.app.state.parts.database._pool

        answers = await asyncio.gather(*(location(client, link["code"]) for link in links * 3))

        assert set(answers) == {"https://example.com/one"}
        assert seen.get_size() <= 4


@pytest.mark.parametrize("trouble", ["slow", "swallowed", "cut"])
async def test_an_edit_by_an_instance_without_redis_is_seen_by_the_other_within_a_second(
    dsn, redis_server, trouble
):
    async with (
        SlowPipe(redis_server.port) as pipe,
        instance(dsn, pipe.url, cache_ttl_s=60, **QUICK) as a,
        instance(dsn, redis_server.url, "shortener-b", cache_ttl_s=60, signed_up=False) as b,
    ):
        link = await new_link(a)
        await near_cache_holds(b, link["code"])
        await listens(b)
        pipe.delay_s = 2 if trouble == "slow" else 0
        pipe.swallow = trouble != "slow"
        if trouble == "cut":
            pipe.cut()

        await edit(a, link, "https://example.com/new")

        assert a.metric("redirect_updates_late_total") == 1
        await until_seen(b, link["code"], "https://example.com/new", within_s=SOON_S)
        await until_seen(a, link["code"], "https://example.com/new", within_s=SOON_S)


async def test_a_change_that_redis_missed_arrives_when_redis_is_back(dsn, redis_server):
    async with (
        SlowPipe(redis_server.port) as pipe,
        instance(dsn, pipe.url, cache_ttl_s=60, **QUICK) as a,
    ):
        link = await new_link(a)
        await a.app.state.parts.redirects.notices.close()  # nobody tells the long way
        pipe.swallow = True
        await edit(a, link, "https://example.com/new")
        pipe.swallow = False

        async with asyncio.timeout(5):
            while True:
                with contextlib.suppress(RedisUnavailableError):
                    raw = await redis_of(a).get(f"link:{link['code']}")
                    if raw is not None and Entry.decoded(raw).url == "https://example.com/new":
                        break
                await asyncio.sleep(0.02)


async def listens(client) -> None:
    """Whether its LISTEN is in place, which it is a moment after the start."""
    heard = asyncio.Event()
    notices = client.app.state.parts.redirects.notices
    act, notices._heard = notices._heard, lambda _key: noted()

    async def noted():
        heard.set()

    async with asyncio.timeout(5):
        while not heard.is_set():
            await notices.tell("are you there?")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(heard.wait(), 0.05)
    while not notices._keys.empty():
        await asyncio.sleep(0.01)
    notices._heard = act


async def test_a_reply_that_is_somebody_elses_sends_nobody_there(user):
    one = await new_link(user, "https://example.com/one")
    other = await new_link(user, "https://example.com/other")
    raw = await redis_of(user).get(f"link:{other['code']}")
    await redis_of(user).command("SET", f"link:{one['code']}", raw)

    assert await location(user, one["code"]) == "https://example.com/one"
