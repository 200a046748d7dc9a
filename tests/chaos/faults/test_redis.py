"""Cache faults on a real Redis."""

import pytest
from redis.asyncio import Redis
from redis.exceptions import TimeoutError as RedisTimeoutError

from chaos.faults import BadFault, parse

pytestmark = pytest.mark.integration


@pytest.fixture
async def cache(world, redis_process):
    world.redis_url, world.processes.children["redis"] = redis_process
    return world


async def test_a_paused_redis_answers_nobody_until_it_is_lifted(cache):
    fault = parse({"kind": "redis_pause"})
    client = Redis.from_url(cache.redis_url, socket_timeout=0.2)

    before = await fault.probe(cache, "redis_pause-1")
    await fault.apply(cache, "redis_pause-1")
    during = await fault.probe(cache, "redis_pause-1")
    with pytest.raises(RedisTimeoutError):
        await client.ping()
    await fault.lift(cache, "redis_pause-1")
    after = await fault.probe(cache, "redis_pause-1")

    assert (before.on, during.on, after.on) == (False, True, False)
    assert await client.ping()
    await client.aclose()


async def test_eviction_takes_the_keys_of_the_pattern_and_no_others(cache):
    fault = parse({"kind": "redis_evict", "pattern": "link:*"})
    client = Redis.from_url(cache.redis_url)
    await client.mset({f"link:{n}": "x" for n in range(2500)} | {"limit:a": "y"})

    await fault.apply(cache, "redis_evict-1")

    probe = await fault.probe(cache, "redis_evict-1")
    assert (probe.on, probe.seen) == (True, "2500 keys like link:* were evicted")
    assert await client.keys() == [b"limit:a"]
    await client.aclose()


async def test_evicting_nothing_is_no_fault(cache):
    fault = parse({"kind": "redis_evict", "pattern": "link:*"})

    await fault.apply(cache, "redis_evict-2")

    assert not (await fault.probe(cache, "redis_evict-2")).on
    await fault.lift(cache, "redis_evict-2")


async def test_a_redis_that_is_down_cannot_be_evicted(world):
    with pytest.raises(BadFault, match="Redis cannot be reached"):
        await parse({"kind": "redis_evict"}).apply(world, "redis_evict-3")
