import asyncio

import pytest
from redis_server import SlowPipe

from services.kit.redis_link import RedisLink
from services.shortener.redirects.near_cache import NearCache
from services.shortener.redirects.tracking import Tracking

pytestmark = pytest.mark.integration


class Watched:
    """A near cache, what feeds it, and a second connection that changes keys."""

    def __init__(self, url: str, redis: RedisLink) -> None:
        self.near: NearCache[str] = NearCache(entries_at_most=100)
        self.tracking = Tracking(url, self.near)
        self.redis = redis

    def now_s(self) -> float:
        return asyncio.get_running_loop().time()

    async def until(self, condition) -> None:
        async with asyncio.timeout(5):
            while not condition():
                await asyncio.sleep(0.005)

    async def trusted(self) -> None:
        await self.until(lambda: self.near.ticket("any", self.now_s()) is not None)

    def keep(self, key: str, value: str) -> None:
        ticket = self.near.ticket(key, self.now_s())
        self.near.keep(key, value, ticket, self.now_s() + 100)

    def served(self, key: str) -> str | None:
        return self.near.get(key, self.now_s())


@pytest.fixture
async def pipe(redis_server):
    async with SlowPipe(redis_server.port) as pipe:
        yield pipe


@pytest.fixture
async def watched(redis_server, pipe):
    redis = RedisLink(redis_server.url)
    redis.start()
    watched = Watched(pipe.url, redis)
    await watched.until(lambda: redis.connected)
    watched.tracking.start()
    await watched.trusted()
    yield watched
    await watched.tracking.close()
    await redis.close()


async def test_a_changed_key_is_forgotten(watched):
    watched.keep("a", "old")
    await watched.redis.command("SET", "link:a", "new")

    await watched.until(lambda: watched.served("a") is None)


async def test_keys_with_another_prefix_are_none_of_our_business(watched):
    watched.keep("a", "v")
    await watched.redis.command("SET", "lease:a", "x")
    await watched.redis.command("SET", "link:b", "x")
    await asyncio.sleep(0.05)

    assert watched.served("a") == "v"


async def test_a_flush_forgets_everything(watched):
    watched.keep("a", "v")
    await watched.redis.command("FLUSHALL")

    await watched.until(lambda: watched.served("a") is None)
    await watched.trusted()


async def test_while_the_network_swallows_everything_nothing_is_served_after_half_a_second(
    watched, pipe
):
    watched.keep("a", "v")
    pipe.swallow = True
    began_s = watched.now_s()

    await watched.until(lambda: watched.served("a") is None)

    assert watched.now_s() - began_s < 1.0


async def test_a_push_that_was_swallowed_is_not_missed_when_the_network_goes_on(watched, pipe):
    """The connection stays open: without words in the PINGs nobody would ever know."""
    watched.keep("a", "old")
    pipe.swallow = True
    await watched.redis.command("SET", "link:a", "new")
    await asyncio.sleep(0.25)
    pipe.swallow = False
    await watched.until(lambda: len(watched.near) == 0)
    await watched.trusted()

    assert watched.served("a") is None


async def test_a_cut_connection_forgets_everything_and_comes_back(watched, pipe):
    watched.keep("a", "v")
    pipe.cut()

    await watched.until(lambda: watched.served("a") is None)
    await watched.trusted()
    assert pipe.connections == 2


async def test_over_a_slow_line_trust_ends_where_the_answers_are_too_old(watched, pipe):
    watched.keep("a", "v")
    pipe.delay_s = 0.2
    await asyncio.sleep(0.3)
    assert len(watched.near) == 1  # late is not lost

    pipe.delay_s = 0.8
    await watched.until(lambda: watched.served("a") is None)
