"""Whole apps that redirect, and what tests of them do again and again."""

import asyncio
import contextlib
import time

from shortener_app import running_app, settings_for

# One second is promised. A busy test machine gets three; what would hide a miss is a TTL of 60.
SOON_S = 3.0
PLAIN = {"near_cache": False, "lease": False, "serve_stale": False, "early_refresh": False}
QUICK = {"redis_timeout_s": 0.05, "redis_breaker_cooldown_s": 0.2, "redis_breaker_min_calls": 3}


@contextlib.asynccontextmanager
async def instance(dsn, redis_url, name="shortener-a", signed_up=True, **changes):
    settings = settings_for(dsn, redis_url, instance=name, **changes)
    async with running_app(settings) as client:
        if signed_up:
            await client.sign_up()
        yield client


async def new_link(client, url="https://example.com/one", **fields) -> dict:
    answer = await client.create(url, **fields)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def edit(client, link: dict, url: str) -> None:
    answer = await client.patch(
        f"/api/v1/links/{link['code']}", {"url": url}, headers={"if-match": f'"{link["version"]}"'}
    )
    assert answer.status_code == 200, answer.text
    link["version"] += 1


async def location(client, code: str) -> str | None:
    return (await client.get(f"/{code}")).headers.get("location")


async def until_seen(client, code: str, url: str, within_s: float) -> float:
    began_s = time.monotonic()
    while await location(client, code) != url:
        assert time.monotonic() - began_s < within_s, f"not seen within {within_s} s"
        await asyncio.sleep(0.005)
    return time.monotonic() - began_s


def loads(client) -> float:
    return client.metric("redirect_loads_total")


def redis_of(client):
    return client.app.state.parts.redis


async def forget(client) -> None:
    await redis_of(client).command("FLUSHALL")


async def near_cache_holds(client, code: str) -> None:
    async with asyncio.timeout(5):
        while client.app.state.parts.redirects.visits._resolver.nearby(code) is None:
            await location(client, code)
            await asyncio.sleep(0.01)


async def read_until(client, code: str, url: str) -> float:
    """When the URL was first seen, reading all the time."""
    async with asyncio.timeout(10):
        while await location(client, code) != url:
            await asyncio.sleep(0.002)
    return time.monotonic()
