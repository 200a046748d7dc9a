import asyncio

import pytest
from redis_server import free_port
from shortener_app import running_app, settings_for

from services.kit.redis_link import RedisLink
from services.shortener.limits.bucket import Policy
from services.shortener.limits.limiter import Ask, RedisBuckets

pytestmark = pytest.mark.integration
AUTH = "/api/v1/auth"
LINKS = "/api/v1/links"
WHO = {"email": "ada@example.com", "password": "correct horse"}


def limited(dsn, redis_url, **changes):
    slow_refill = {"api_burst": 3, "api_per_minute": 1, "login_burst": 2, "login_per_minute": 1}
    return settings_for(dsn, redis_url, **(slow_refill | changes))


async def test_the_api_says_what_is_left_and_refuses_beyond(dsn, redis_server):
    async with running_app(limited(dsn, redis_server.url)) as client:
        await client.sign_up()
        answers = [await client.get(LINKS) for _ in range(4)]

    assert [a.status_code for a in answers] == [200, 200, 200, 429]
    assert [a.headers["ratelimit"].split(";")[1] for a in answers] == ["r=2", "r=1", "r=0", "r=0"]
    assert answers[0].headers["ratelimit-policy"] == '"user";q=3;w=180'
    refused = answers[-1]
    assert 50 <= int(refused.headers["retry-after"]) <= 60
    assert refused.json()["type"] == "/problems/too-many-requests"


async def test_answers_that_are_errors_say_it_too(user):
    answer = await user.get(f"{LINKS}/nothing")

    assert answer.status_code == 404
    assert answer.headers["ratelimit"].startswith('"user";r=')


async def test_two_instances_share_the_bucket(dsn, redis_server):
    async with (
        running_app(limited(dsn, redis_server.url)) as one,
        running_app(limited(dsn, redis_server.url, instance="shortener-b")) as other,
    ):
        await one.sign_up()
        other.token = one.token
        answers = await asyncio.gather(*(c.get(LINKS) for c in [one, other] * 5))

    assert [a.status_code for a in answers].count(200) == 3


async def test_guessing_one_password_is_limited_from_every_address(dsn, redis_server):
    async with running_app(limited(dsn, redis_server.url)) as client:
        answers = [
            await client.post(f"{AUTH}/login", WHO, headers={"x-forwarded-for": f"198.51.100.{n}"})
            for n in range(3)
        ]

    assert [a.status_code for a in answers] == [401, 401, 429]
    assert '"account";q=2' in answers[0].headers["ratelimit-policy"]
    assert '"address"' in answers[0].headers["ratelimit-policy"]


async def test_one_address_guessing_many_accounts_is_limited(dsn, redis_server):
    few = limited(dsn, redis_server.url, address_burst=2, address_per_minute=1)
    async with running_app(few) as client:

        async def login(n, address):
            who = WHO | {"email": f"user{n}@example.com"}
            return await client.post(f"{AUTH}/login", who, headers={"x-forwarded-for": address})

        mine = [await login(n, "198.51.100.1") for n in range(3)]
        claimed = await login(3, "203.0.113.9, 198.51.100.1")  # what a client wrote before the edge
        other = await login(4, "198.51.100.2")

    assert [a.status_code for a in mine] == [401, 401, 429]
    assert (claimed.status_code, other.status_code) == (429, 401)


async def test_without_redis_the_api_goes_on_and_says_so(dsn):
    nobody = f"redis://127.0.0.1:{free_port()}/0"
    async with running_app(limited(dsn, nobody, login_burst=5)) as client:
        await client.sign_up()
        answers = [await client.get(LINKS) for _ in range(5)]

        assert {a.status_code for a in answers} == {200}
        assert client.metric("rate_limiter_unavailable_total", policy="user") == 5


async def test_without_redis_logins_are_still_limited(dsn):
    nobody = f"redis://127.0.0.1:{free_port()}/0"
    async with running_app(limited(dsn, nobody)) as client:
        answers = [await client.post(f"{AUTH}/login", WHO) for _ in range(3)]

    assert [a.status_code for a in answers] == [401, 401, 429]


async def test_a_frozen_redis_costs_a_request_the_timeout_and_no_more(dsn, redis_server):
    quick = limited(dsn, redis_server.url, limiter_timeout_s=0.05, redis_timeout_s=0.05)
    async with running_app(quick) as client:
        await client.sign_up()
        redis_server.freeze()
        try:
            async with asyncio.timeout(5):
                answers = [await client.get(LINKS) for _ in range(10)]
        finally:
            redis_server.thaw()

    assert {a.status_code for a in answers} == {200}


@pytest.fixture
async def redis(redis_server):
    link = RedisLink(redis_server.url, timeout_s=1.0)
    link.start()
    async with asyncio.timeout(5):
        while not link.connected:
            await asyncio.sleep(0.01)
    yield link
    await link.close()


async def test_fifty_racers_get_as_many_tokens_as_there_are(redis):
    buckets = RedisBuckets(redis, 1.0)
    ask = Ask(Policy("test", 20, 1), "racer")

    decisions = await asyncio.gather(*(buckets.take([ask]) for _ in range(50)))

    assert sum(d.allowed for (d,) in decisions) == 20


async def test_who_is_refused_by_one_bucket_pays_nothing_to_the_other(redis):
    buckets = RedisBuckets(redis, 1.0)
    wide, narrow = Ask(Policy("wide", 10, 1), "x"), Ask(Policy("narrow", 1, 1), "x")

    for _ in range(4):
        decisions = await buckets.take([wide, narrow])

    assert [d.remaining for d in decisions] == [9, 0]
    assert [d.allowed for d in decisions] == [True, False]


async def test_a_full_bucket_is_forgotten(redis):
    ask = Ask(Policy("test", 2, 60), "x")
    await RedisBuckets(redis, 1.0).take([ask])

    assert 1000 < await redis.command("PTTL", ask.key) <= 2000
