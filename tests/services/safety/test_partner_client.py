"""How the shortener calls the partner, against the partner's own process."""

import asyncio
import os
import sys
import time
from pathlib import Path

import httpx2
import pytest
from prometheus_client import CollectorRegistry
from redis_server import free_port
from shortener_app import SECRET

from services.shortener.problems import NoVerdict
from services.shortener.safety.attempt import AttemptFailedError, read_verdict
from services.shortener.safety.partner import new_partner
from services.shortener.settings import ShortenerSettings

ROOT = Path(__file__).parents[3]


class PartnerProcess:
    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: asyncio.subprocess.Process | None = None
        self.http = httpx2.AsyncClient(base_url=self.url, trust_env=False)

    async def start(self) -> None:
        environment = {
            "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PARTNER_INSTANCE": "partner",
            "PARTNER_PORT": str(self.port), "PARTNER_DRAIN_NOTICE_S": "0",
        }  # fmt: skip
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-B", "-m", "services.partner", env=environment, cwd=ROOT,
            stdout=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        async with asyncio.timeout(20):
            while not await self._alive():
                await asyncio.sleep(0.05)

    async def _alive(self) -> bool:
        try:
            return (await self.http.get("/livez")).status_code == 200
        except httpx2.HTTPError:
            return False

    async def stop(self) -> None:
        self.process.kill()
        await self.process.wait()
        await self.http.aclose()

    async def behave(self, **control) -> None:
        assert (await self.http.put("/control", json={"delay_ms": 1} | control)).is_success
        await self.http.delete("/calls")

    async def calls(self) -> dict:
        return (await self.http.get("/calls")).json()


class Caller:
    """The client with its metrics."""

    def __init__(self, url: str, **changes) -> None:
        self.registry = CollectorRegistry()
        settings = ShortenerSettings(
            instance="shortener-a", postgres_dsn="postgresql://x", redis_url="redis://x",
            jwt_secret=SECRET, **changes,
        )  # fmt: skip
        self.partner = new_partner(url, settings, self.registry)

    async def __aenter__(self):
        self.partner.attempts.open()
        return self

    async def __aexit__(self, *_exc):
        await self.partner.attempts.close()

    async def ask(self, url="https://example.com/") -> bool | None:
        try:
            return await self.partner.is_safe(url)
        except NoVerdict:
            return None

    def metric(self, name, **labels) -> float:
        return self.registry.get_sample_value(name, labels) or 0.0


@pytest.fixture
async def partner():
    process = PartnerProcess()
    await process.start()
    yield process
    await process.stop()


pytestmark = pytest.mark.integration


@pytest.mark.parametrize(
    "answer",
    [
        httpx2.Response(200, json={}),
        httpx2.Response(200, text="safe"),
        httpx2.Response(200, json=["verdict"]),
        httpx2.Response(200, json={"verdict": "probably"}),
        httpx2.Response(204),
        httpx2.Response(404, json={"verdict": "safe"}),
    ],
)
def test_what_is_not_clearly_a_verdict_is_never_taken_for_safe(answer):
    with pytest.raises(AttemptFailedError):
        read_verdict(answer)


async def test_verdicts_come_over_few_connections(partner):
    await partner.behave()
    async with Caller(partner.url, partner_places=5) as caller:
        verdicts = await asyncio.gather(
            *(caller.ask(f"https://{'un' * (n % 2)}safe.example/{n}") for n in range(40))
        )

        assert verdicts == [n % 2 == 0 for n in range(40)]
        assert (await partner.calls())["peak_concurrency"] <= 5


async def test_a_single_failure_is_not_noticed_by_the_user(partner):
    await partner.behave(fail_ratio=0.05)
    async with Caller(partner.url) as caller:
        verdicts = [await caller.ask() for _ in range(100)]

        assert verdicts == [True] * 100
        assert (await partner.calls())["calls"] <= 106


async def test_while_the_partner_fails_it_is_hardly_called_and_the_user_is_told_at_once(partner):
    await partner.behave(fail_ratio=1)
    changes = {"partner_breaker_cooldown_s": 30}
    async with Caller(partner.url, **changes) as caller:
        verdicts = [await caller.ask(f"https://example.com/{n}") for n in range(200)]

        assert verdicts == [None] * 200
        assert (await partner.calls())["calls"] <= 20
        assert caller.metric("partner_breaker_open") == 1


async def test_retries_are_paid_from_a_budget_and_spread_by_jitter(partner):
    await partner.behave(fail_ratio=1)
    never = {"partner_breaker_min_calls": 10_000}
    async with Caller(partner.url, **never) as caller:
        await asyncio.gather(*(caller.ask(f"https://example.com/{n}") for n in range(60)))
        seen = await partner.calls()

        assert seen["attempts_per_key"]["mean"] <= 1.3
        assert seen["spacing_ms"]["spread"] > 0.2
        assert caller.metric("partner_retries_unaffordable_total") > 0


async def test_a_hanging_partner_holds_nobody_longer_than_the_deadline(partner):
    await partner.behave(hang_ratio=1)
    changes = {"partner_deadline_s": 0.5, "partner_attempt_timeout_s": 0.2, "partner_places": 4}
    async with Caller(partner.url, partner_queue=4, **changes) as caller:
        began_s = time.monotonic()
        verdicts = await asyncio.gather(*(caller.ask() for _ in range(40)))

        assert verdicts == [None] * 40
        assert time.monotonic() - began_s < 1.0
        assert caller.metric("partner_no_verdict_total", reason="bulkhead") == 32
        # Four places; over there a call that was given up may overlap with the next one a little.
        assert (await partner.calls())["peak_concurrency"] <= 8


async def test_when_the_partner_is_back_verdicts_are_back_after_the_cooldown(partner):
    await partner.behave(fail_ratio=1)
    changes = {"partner_breaker_cooldown_s": 0.2}
    async with Caller(partner.url, **changes) as caller:
        while caller.metric("partner_breaker_open") == 0:
            await caller.ask()
        await partner.behave()

        async with asyncio.timeout(5):
            while await caller.ask() is None:
                await asyncio.sleep(0.05)
        assert [await caller.ask() for _ in range(20)] == [True] * 20


async def test_refusals_of_single_requests_do_not_open_the_breaker(partner):
    await partner.behave(fail_ratio=1, fail_status=422)
    async with Caller(partner.url) as caller:
        for _ in range(50):
            assert await caller.ask() is None

        assert (await partner.calls())["calls"] == 50  # asked each time, and never twice
        assert caller.metric("partner_breaker_open") == 0


async def test_a_cancelled_probe_does_not_leave_the_breaker_half_open(partner):
    await partner.behave(fail_ratio=1)
    async with Caller(partner.url, partner_breaker_cooldown_s=0.1) as caller:
        while caller.metric("partner_breaker_open") == 0:
            await caller.ask()
        await partner.behave(hang_ratio=1)
        await asyncio.sleep(0.15)
        probe = asyncio.create_task(caller.ask())
        await asyncio.sleep(0.05)
        probe.cancel()
        await asyncio.gather(probe, return_exceptions=True)
        await partner.behave()

        async with asyncio.timeout(5):
            while await caller.ask() is None:
                await asyncio.sleep(0.05)


async def test_without_a_partner_there_is_no_verdict_and_no_waiting():
    async with Caller("http://127.0.0.1:1") as caller:
        began_s = time.monotonic()
        assert await caller.ask() is None
        assert time.monotonic() - began_s < 2.5
