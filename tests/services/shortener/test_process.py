"""The shortener as it is deployed: a process with an environment, asked over a socket."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from pathlib import Path

import httpx2
import pytest
from redis_server import free_port

pytestmark = pytest.mark.integration
ROOT = Path(__file__).parents[3]


def environment(dsn, redis_url, port, **more):
    given = {
        "INSTANCE": "shortener-a",
        "PORT": str(port),
        "POSTGRES_DSN": dsn,
        "REDIS_URL": redis_url,
        "PUBLIC_BASE_URL": "http://sho.rt",
        "JWT_SECRET": "a secret of at least thirty-two bytes",
        "DRAIN_NOTICE_S": "0.5",
    }
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        **{f"SHORTENER_{name}": value for name, value in (given | more).items()},
    }


@contextlib.asynccontextmanager
async def process(variables):
    started = await asyncio.create_subprocess_exec(
        sys.executable, "-B", "-m", "services.shortener",
        cwd=ROOT, env=variables,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        yield started
    finally:
        with contextlib.suppress(ProcessLookupError):
            started.kill()
        await started.communicate()


async def answered(http, path):
    async with asyncio.timeout(20):
        while True:
            with contextlib.suppress(httpx2.TransportError):
                return await http.get(path)
            await asyncio.sleep(0.05)


@pytest.fixture
async def running(dsn, redis_server):
    port = free_port()
    async with (
        process(environment(dsn, redis_server.url, port)) as started,
        httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http,
    ):
        await answered(http, "/livez")
        yield started, http


async def test_a_link_is_made_and_followed_over_sockets(running):
    _, http = running
    who = {"email": "ada@example.com", "password": "correct horse"}
    await http.post("/api/v1/auth/register", json=who)
    token = (await http.post("/api/v1/auth/login", json=who)).json()["access_token"]

    made = await http.post(
        "/api/v1/links",
        json={"url": "https://example.com/there"},
        headers={"authorization": f"Bearer {token}"},
    )
    visit = await http.get(f"/{made.json()['code']}")

    assert (made.status_code, visit.status_code) == (201, 302)
    assert visit.headers["location"] == "https://example.com/there"
    assert (await http.get("/readyz")).json()["status"] == "pass"


async def test_sigterm_drains(running):
    """First it says that it is leaving and still answers; then it goes, with 0."""
    started, http = running

    started.send_signal(signal.SIGTERM)
    async with asyncio.timeout(5):
        while (await http.get("/readyz")).status_code == 200:
            await asyncio.sleep(0.02)
    still = await http.get("/nothing-here")
    out, _ = await started.communicate()

    assert still.status_code == 404
    assert still.headers["connection"] == "close"
    assert started.returncode == 0
    assert all(json.loads(line)["instance"] == "shortener-a" for line in out.splitlines())


async def test_a_misspelt_setting_ends_the_start_with_its_name(dsn):
    variables = environment(dsn, "redis://127.0.0.1:1/0", 0, POOLSIZE="3")
    async with process(variables) as started:
        _, said = await started.communicate()

    assert started.returncode != 0
    assert b"SHORTENER_POOLSIZE" in said


async def test_it_starts_without_postgres_and_redis_and_says_that_it_is_not_ready():
    port = free_port()
    variables = environment("postgresql://x@127.0.0.1:1/x", "redis://127.0.0.1:1/0", port)
    async with (
        process(variables),
        httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http,
    ):
        assert (await answered(http, "/livez")).status_code == 200
        ready = await http.get("/readyz")
        visit = await http.get("/AbCdEf1")

    assert ready.status_code == 503
    assert ready.json()["checks"]["postgres"]["status"] == "fail"
    assert (visit.status_code, visit.headers["content-type"]) == (503, "application/problem+json")
