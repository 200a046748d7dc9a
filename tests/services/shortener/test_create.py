import asyncio

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from shortener_app import running_app, settings_for

from services.shortener.housekeeping import Housekeeping
from services.shortener.links import codes
from services.shortener.problems import NoVerdict
from services.shortener.safety.gate import SafetyGate

pytestmark = pytest.mark.integration
LINKS = "/api/v1/links"


async def test_no_connection_is_held_while_the_partner_thinks(dsn, redis_server, monkeypatch):
    """With one connection in the pool, a list is answered while three links wait for a verdict."""
    asked, verdict = asyncio.Semaphore(0), asyncio.Event()
    admit = SafetyGate.admit

    async def thinks(gate, url):
        asked.release()
        await verdict.wait()
        return await admit(gate, url)

    one = settings_for(dsn, redis_server.url, pool_size=1, pool_acquire_timeout_s=1.0)
    async with running_app(one) as client:
        await client.sign_up()
        monkeypatch.setattr(SafetyGate, "admit", thinks)
        creating = [asyncio.create_task(client.create()) for _ in range(3)]
        for _ in range(3):
            await asked.acquire()
        listed = await client.get(LINKS)
        verdict.set()

        assert listed.status_code == 200
        assert {(await task).status_code for task in creating} == {201}


async def test_no_verdict_is_503_with_retry_after_and_leaves_nothing(user, sql, monkeypatch):
    async def silent(_gate, _url):
        raise NoVerdict(retry_after_s=2)

    monkeypatch.setattr(SafetyGate, "admit", silent)

    answer = await user.create()

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert answer.json()["type"] == "/problems/no-verdict"
    assert await sql.fetchval("SELECT count(*) FROM links") == 0


async def test_a_generated_code_that_is_taken_is_drawn_again(user, monkeypatch):
    taken = (await user.create()).json()["code"]
    draws = iter([taken, taken, "FreshOn"])
    monkeypatch.setattr(codes, "generate", lambda: next(draws))

    assert (await user.create()).json()["code"] == "FreshOn"


async def test_a_source_of_codes_that_is_broken_is_given_up(user, sql, monkeypatch):
    taken = (await user.create()).json()["code"]
    monkeypatch.setattr(codes, "generate", lambda: taken)

    assert (await user.create()).status_code == 500
    assert await sql.fetchval("SELECT links_used FROM accounts") == 1


async def test_a_link_without_its_event_is_not_committed(user, sql):
    await sql.execute("ALTER TABLE outbox RENAME TO outbox_gone")

    assert (await user.create()).status_code == 500
    assert await sql.fetchval("SELECT count(*) FROM links") == 0


async def test_the_trace_goes_through_the_statements_into_the_outbox(dsn, redis_server, sql, spans):
    traced = settings_for(dsn, redis_server.url, trace_ratio=1)
    async with running_app(traced, spans) as client:
        client.service.telemetry._provider.add_span_processor(SimpleSpanProcessor(spans))
        await client.sign_up()
        spans.clear()
        await client.create()
    finished = spans.get_finished_spans()
    trace = next(s.context.trace_id for s in finished if s.name == "POST /api/v1/links")
    named = {s.name for s in finished if s.context.trace_id == trace}

    assert {"UPDATE accounts", "INSERT links", "INSERT outbox", "COMMIT"} <= named
    kept = await sql.fetchval("SELECT traceparent FROM outbox")
    assert kept.split("-")[1] == f"{trace:032x}"


async def test_housekeeping_takes_what_is_past_its_time_and_nothing_else(user, sql, dsn):
    await user.post(LINKS, {"url": "https://x.org"}, headers={"idempotency-key": "new"})
    await user.post(LINKS, {"url": "https://x.org"}, headers={"idempotency-key": "old"})
    await user.sign_up()
    await sql.execute(
        "UPDATE idempotency_keys SET attempted_at = now() - interval '2 days' WHERE key = 'old'"
    )
    await sql.execute(
        "UPDATE refresh_families SET created_at = now() - interval '60 days'"
        " WHERE account_id = (SELECT min(id) FROM accounts)"
    )
    await sql.execute(
        "UPDATE refresh_tokens SET expires_at = now() - interval '1 day' WHERE family_id IN"
        " (SELECT id FROM refresh_families WHERE created_at < now() - interval '1 day')"
    )
    await sql.execute(
        "UPDATE outbox SET published_at = now() - interval '2 days'"
        " WHERE id = (SELECT min(id) FROM outbox)"
    )
    housekeeping = Housekeeping(DirectDatabase(sql))

    assert await housekeeping.run_once() == 3
    assert await housekeeping.run_once() == 0
    assert await sql.fetchval("SELECT key FROM idempotency_keys") == "new"
    assert await sql.fetchval("SELECT count(*) FROM refresh_families") == 1
    assert await sql.fetchval("SELECT count(*) FROM outbox") == 1


class DirectDatabase:
    """The test's own connection where a pool is expected."""

    def __init__(self, connection) -> None:
        self._connection = connection

    def connection(self):
        return self

    async def __aenter__(self):
        return self._connection

    async def __aexit__(self, *_exc) -> None:
        return None
