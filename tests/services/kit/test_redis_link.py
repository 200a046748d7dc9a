import asyncio
import contextlib
import random
import time

import pytest
from redis_server import RedisServer, SlowPipe

from services.kit.breaker import Breaker, BreakerPolicy
from services.kit.redis_hello import RedisAddress
from services.kit.redis_link import RedisLink, RedisReplyError, RedisUnavailableError, Script

pytestmark = pytest.mark.integration


async def connected(link: RedisLink) -> RedisLink:
    link.start()
    async with asyncio.timeout(5):
        while not link.connected:
            await asyncio.sleep(0.005)
    return link


@pytest.fixture
async def link(redis_server):
    link = await connected(RedisLink(redis_server.url, timeout_s=0.1))
    yield link
    await link.close()


def test_an_address_is_read_from_its_url():
    address = RedisAddress.parse("redis://:p%40ss@10.0.0.1:6380/2")

    assert address == RedisAddress("10.0.0.1", 6380, "p@ss", 2)
    with pytest.raises(ValueError, match="looks like"):
        RedisAddress.parse("http://10.0.0.1")


async def test_values_come_back_as_they_were_written(link):
    await link.command("SET", "k", b"\x00\xff\r\n")

    assert await link.get("k") == b"\x00\xff\r\n"
    assert await link.get("nothing here") is None


async def test_gets_of_one_tick_share_one_round_trip_and_each_gets_its_own_value(link):
    for n in range(20):
        await link.command("SET", f"k{n}", f"v{n}")
    await link.command("CONFIG", "RESETSTAT")

    values = await asyncio.gather(*(link.get(f"k{n % 20}") for n in range(200)))

    assert values == [f"v{n % 20}".encode() for n in range(200)]
    stats = (await link.command("INFO", "commandstats")).decode()
    assert "cmdstat_mget:calls=1," in stats
    assert "cmdstat_get:" not in stats


async def test_an_error_reply_is_raised_and_the_connection_goes_on(link):
    await link.command("SET", "word", "x")
    with pytest.raises(RedisReplyError, match="not an integer"):
        await link.command("INCR", "word")

    assert await link.get("word") == b"x"


async def test_a_script_runs_also_when_redis_has_forgotten_it(link):
    script = Script("return redis.call('INCRBY', KEYS[1], ARGV[1])")

    assert await link.run(script, ["n"], [2]) == 2
    await link.command("SCRIPT", "FLUSH")
    assert await link.run(script, ["n"], [3]) == 5


async def test_cancelled_callers_never_shift_the_replies_of_others(redis_server):
    """The lab `crossed-wires`: a fifth of the callers leave between command and reply."""
    async with SlowPipe(redis_server.port) as pipe:
        link = await connected(RedisLink(pipe.url, timeout_s=1.0))
        for n in range(100):
            await link.command("SET", f"user:{n}", f"secret of {n}")
        pipe.delay_s = 0.003
        rng, wrong, cancelled = random.Random(7), 0, 0

        async def ask(n: int) -> None:
            nonlocal wrong, cancelled
            try:
                async with asyncio.timeout(0.0005 if rng.random() < 0.2 else 5):
                    if n % 2:
                        value = await link.get(f"user:{n % 100}")
                    else:
                        value = await link.command("GET", f"user:{n % 100}")
                wrong += value != f"secret of {n % 100}".encode()
            except TimeoutError:
                cancelled += 1

        for start in range(0, 2000, 50):
            await asyncio.gather(*(ask(n) for n in range(start, start + 50)))

        assert cancelled >= 200
        assert wrong == 0
        assert pipe.connections == 1
        await link.close()


async def test_a_cancelled_get_does_not_cancel_another_get_of_the_same_key(link):
    await link.command("SET", "k", "v")
    one = asyncio.create_task(link.get("k"))
    other = asyncio.create_task(link.get("k"))
    await asyncio.sleep(0)
    one.cancel()

    assert await other == b"v"
    with pytest.raises(asyncio.CancelledError):
        await one


async def test_a_frozen_redis_costs_a_time_out_and_a_late_reply_is_not_handed_to_the_next(
    redis_server,
):
    link = await connected(RedisLink(redis_server.url, timeout_s=0.05, lost_after_s=30))
    await link.command("SET", "a", "for a")
    await link.command("SET", "b", "for b")
    redis_server.freeze()
    began_s = time.monotonic()

    with pytest.raises(RedisUnavailableError):
        await link.get("a")

    assert time.monotonic() - began_s < 2
    redis_server.thaw()
    async with asyncio.timeout(5):
        while True:
            try:
                assert await link.get("b") == b"for b"
                break
            except RedisUnavailableError:
                continue
    await link.close()


async def test_with_the_breaker_open_a_frozen_redis_is_not_asked_at_all(redis_server):
    breaker = Breaker(BreakerPolicy(min_calls=5, cooldown_s=30))
    link = await connected(
        RedisLink(redis_server.url, timeout_s=0.02, lost_after_s=30, breaker=breaker)
    )
    redis_server.freeze()
    await asyncio.gather(*(link.get(f"k{n}") for n in range(5)), return_exceptions=True)
    began_s = time.monotonic()

    for _ in range(1000):
        with pytest.raises(RedisUnavailableError, match="breaker"):
            await link.get("k")

    assert time.monotonic() - began_s < 1.0
    await link.close()


async def test_a_killed_redis_fails_at_once_and_the_link_comes_back_by_itself(
    redis_server: RedisServer,
):
    link = await connected(RedisLink(redis_server.url, timeout_s=0.2))
    await redis_server.kill()
    async with asyncio.timeout(5):
        while link.connected:
            await asyncio.sleep(0.005)
    began_s = time.monotonic()
    for _ in range(100):
        with pytest.raises(RedisUnavailableError):
            await link.get("k")
    assert time.monotonic() - began_s < 2

    await redis_server.start()
    await connected(link)

    assert await link.command("PING") == b"PONG"
    await link.close()


async def test_a_connection_that_swallows_everything_is_given_up_for_a_new_one(
    redis_server,
):
    async with SlowPipe(redis_server.port) as pipe:
        link = await connected(
            RedisLink(pipe.url, timeout_s=0.02, lost_after_s=0.05, connect_timeout_s=0.1)
        )
        pipe.swallow = True
        with pytest.raises(RedisUnavailableError):
            await link.get("k")
        async with asyncio.timeout(5):
            while link.connected:
                await asyncio.sleep(0.01)

        pipe.swallow = False
        await connected(link)

        assert pipe.connections >= 2
        assert await link.get("k") is None
        await link.close()


async def test_a_network_that_loses_bytes_and_goes_on_is_noticed_and_left(redis_server):
    """Replies move up by one then; the caller of `b` must not be handed what is `c`'s for long."""
    async with SlowPipe(redis_server.port) as pipe:
        link = await connected(RedisLink(pipe.url, timeout_s=0.05, lost_after_s=30))
        for name in "abc":
            await link.command("SET", name, f"for {name}")
        pipe.swallow = True
        with pytest.raises(RedisUnavailableError):
            await link.get("a")
        pipe.swallow = False

        async with asyncio.timeout(5):
            while pipe.connections == 1:
                with contextlib.suppress(RedisUnavailableError):
                    await asyncio.gather(link.get("b"), link.command("GET", "c"))
                await asyncio.sleep(0.001)
        await connected(link)

        for name in "abc" * 20:
            assert await link.get(name) == f"for {name}".encode()
        await link.close()


async def test_a_link_without_redis_starts_and_refuses_politely():
    link = RedisLink("redis://127.0.0.1:1/0")
    link.start()

    with pytest.raises(RedisUnavailableError):
        await link.get("k")

    await link.close()
