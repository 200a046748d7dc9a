"""bucket.lua and bucket.py are one rule in two languages."""

import asyncio
import random

import pytest

from services.kit.redis_link import RedisLink, Script
from services.shortener.limits.bucket import Policy, full, take
from services.shortener.limits.limiter import SCRIPT

pytestmark = pytest.mark.integration
# The same script on a clock that the test sets, instead of Redis's own (by which keys expire).
ON_OUR_CLOCK = Script(
    SCRIPT.source.replace("redis.call('TIME')", "{ARGV[#ARGV - 1], ARGV[#ARGV]}").replace(
        "'PEXPIRE', key, ", "'PEXPIRE', key, 60000 + "
    )
)


@pytest.fixture
async def redis(redis_server):
    link = RedisLink(redis_server.url, timeout_s=2.0)
    link.start()
    async with asyncio.timeout(5):
        while not link.connected:
            await asyncio.sleep(0.01)
    yield link
    await link.close()


async def in_redis(redis, policy, now_us):
    seconds, microseconds = divmod(now_us, 1_000_000)
    arguments = [str(policy.capacity), repr(policy.refill_per_s), seconds, microseconds]
    had, left = await redis.run(ON_OUR_CLOCK, [f"bucket:{policy.name}"], arguments)
    return had == 1, float(left)


def seconds_of(now_us):
    """As Redis's TIME is read: whole seconds and microseconds, each exact."""
    return now_us // 1_000_000 + now_us % 1_000_000 / 1_000_000


def test_the_clock_was_really_replaced():
    assert "TIME" not in ON_OUR_CLOCK.source


@pytest.mark.parametrize("seed", range(6))
async def test_both_decide_alike_over_a_random_history(redis, seed):
    roll = random.Random(seed)
    policy = Policy(f"p{seed}", capacity=roll.randint(1, 20), per_minute=roll.randint(1, 1200))
    now_us = 1_700_000_000_000_000
    bucket = None

    for _ in range(100):
        now_us += roll.choice([0, 0, 1_001, 50_000, 1_000_000, 7_000_003, -3_000_000])
        before = bucket or full(policy, seconds_of(now_us))
        bucket, decision = take(policy, before, seconds_of(now_us))
        allowed, left = await in_redis(redis, policy, now_us)
        assert allowed == decision.allowed
        assert left == pytest.approx(bucket.tokens)
