"""The queries of every panel, asked of a Prometheus while the system behind it is used."""

import asyncio
import math
import time

import httpx2

from dashboards import panels

USED_FOR_S = 9.0
ASKED_WITHIN_S = 20.0
# Nothing is recorded for these until there is something to record; the load does not cause it.
MAY_BE_QUIET = {"limiter.refused-share"}


async def use(edge, until_s):
    """An account that creates, edits and follows links, logs in, and asks for what is not there."""
    who = {"email": "panels@shortcircuit.example", "password": "correct horse battery staple"}
    async with httpx2.AsyncClient(base_url=edge, timeout=10) as client:
        (await client.post("/api/v1/auth/register", json=who)).raise_for_status()
        tokens = (await client.post("/api/v1/auth/login", json=who)).raise_for_status().json()
        bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
        first = await client.post(
            "/api/v1/links", json={"url": "https://a.example"}, headers=bearer
        )
        code = first.raise_for_status().json()["code"]
        while time.monotonic() < until_s:  # limits may turn some of this away, and that is use, too
            url = {"url": f"https://example.com/{time.monotonic_ns()}"}
            await asyncio.gather(
                client.post("/api/v1/links", json=url, headers=bearer),
                client.post("/api/v1/auth/login", json=who),
                client.get("/nothing-here"),
                *(client.get(f"/{code}") for _ in range(5)),
            )
            await asyncio.sleep(0.2)


def answered(prometheus, expr):
    """The values of a query now; those that are not a number are no answer."""
    asked = httpx2.get(f"{prometheus}/api/v1/query", params={"query": expr}, timeout=5).json()
    values = [float(one["value"][1]) for one in asked["data"]["result"]]
    return [value for value in values if not math.isnan(value)]


async def unanswered_while_used(edge, prometheus, within_s=ASKED_WITHIN_S):
    """The queries, each with its panel, that had no answer in all that time."""
    started_s = time.monotonic()
    load = asyncio.create_task(use(edge, started_s + USED_FOR_S + within_s))
    unanswered = {
        (panel.name, query.expr) for panel in panels.every().values() for query in panel.queries
    }
    unanswered = {(name, expr) for name, expr in unanswered if name not in MAY_BE_QUIET}

    await asyncio.sleep(USED_FOR_S)
    while unanswered and time.monotonic() < started_s + USED_FOR_S + within_s:
        for name, expr in sorted(unanswered):
            if await asyncio.to_thread(answered, prometheus, expr):
                unanswered.discard((name, expr))
        await asyncio.sleep(0.5)
    load.cancel()
    (ended,) = await asyncio.gather(load, return_exceptions=True)

    assert isinstance(ended, asyncio.CancelledError), ended
    return sorted(unanswered)
