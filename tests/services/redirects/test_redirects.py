"""The redirect of whole apps, over real PostgreSQL and Redis."""

import asyncio
import random
from datetime import UTC, datetime, timedelta

import pytest
from redirecting import (
    PLAIN,
    SOON_S,
    edit,
    forget,
    instance,
    loads,
    location,
    new_link,
    redis_of,
    until_seen,
)
from shortener_app import running_app, settings_for

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("hot_route", [True, False])
async def test_what_a_visitor_is_told_by_either_route(dsn, redis_server, sql, hot_route):
    async with instance(dsn, redis_server.url, hot_route=hot_route) as client:
        link = await new_link(client)
        soon = datetime.now(UTC) + timedelta(seconds=0.4)
        short_lived = await new_link(client, "https://example.com/two", expires_at=soon.isoformat())

        found = await client.get(f"/{link['code']}")
        assert (found.status_code, found.headers["location"]) == (302, "https://example.com/one")
        assert found.headers["cache-control"] == "private, max-age=0"

        head = await client.request("HEAD", f"/{link['code']}")
        assert (head.status_code, head.headers["location"]) == (302, "https://example.com/one")

        unknown = await client.get("/nowhere")
        assert (unknown.status_code, unknown.json()["type"]) == (404, "/problems/no-such-link")

        assert (await client.get(f"/{short_lived['code']}")).status_code == 302
        async with asyncio.timeout(5):
            while (gone := await client.get(f"/{short_lived['code']}")).status_code == 302:
                await asyncio.sleep(0.02)
        assert (gone.status_code, gone.json()["type"]) == (410, "/problems/link-expired")
        assert client.metric("clicks_counted_total") >= 2


async def test_reserved_words_and_impossible_codes_are_not_looked_up(dsn, redis_server):
    async with instance(dsn, redis_server.url, signed_up=False) as client:
        for path in ["/metrics", "/livez", "/docs", "/x", "/a/b", "/a.b", "/-abc", "/" + "a" * 99]:
            await client.get(path)

        assert loads(client) == 0


async def test_a_head_request_and_an_unknown_code_are_not_clicks(user):
    link = await new_link(user)
    await user.request("HEAD", f"/{link['code']}")
    await user.get("/nowhere")
    assert user.metric("clicks_counted_total") == 0

    await user.get(f"/{link['code']}")

    assert user.metric("clicks_counted_total") == 1
    assert user.metric("clicks_dropped_total", reason="no_kafka") == 1


async def test_an_alias_is_found_in_every_spelling_and_an_edit_is_seen_in_every_spelling(user):
    link = await new_link(user, alias="LaunchX")
    spellings = ["LaunchX", "launchx", "LAUNCHX", "lAuNcHx"]
    assert {await location(user, code) for code in spellings} == {"https://example.com/one"}

    await edit(user, link, "https://example.com/new")

    assert {await location(user, code) for code in spellings} == {"https://example.com/new"}


async def test_scanning_for_codes_that_do_not_exist_costs_one_read_each(user):
    for _ in range(20):
        for n in range(50):
            assert (await user.get(f"/scan-{n}")).status_code == 404

    assert loads(user) == 50


async def test_a_code_that_was_asked_for_before_it_existed_works_as_soon_as_it_does(
    dsn, redis_server
):
    async with (
        instance(dsn, redis_server.url) as a,
        instance(dsn, redis_server.url, "shortener-b", signed_up=False) as b,
    ):
        for n in range(20):
            assert (await b.get(f"/wanted-{n}")).status_code == 404
            await new_link(a, alias=f"wanted-{n}")
            await until_seen(b, f"wanted-{n}", "https://example.com/one", within_s=SOON_S)


async def test_a_deleted_link_leads_nowhere_on_both_instances(dsn, redis_server):
    async with (
        instance(dsn, redis_server.url) as a,
        instance(dsn, redis_server.url, "shortener-b", signed_up=False) as b,
    ):
        link = await new_link(a)
        assert await location(b, link["code"]) == "https://example.com/one"
        deleted = await a.delete(f"/api/v1/links/{link['code']}", headers={"if-match": '"1"'})
        assert deleted.status_code == 204

        await until_seen(b, link["code"], None, within_s=SOON_S)
        assert (await a.get(f"/{link['code']}")).status_code == 404


async def test_a_hundred_visitors_of_a_cold_link_are_one_read(dsn, redis_server, sql):
    async with instance(dsn, redis_server.url, **PLAIN) as client:
        link = await new_link(client)
        await forget(client)
        before = loads(client)

        answers = await asyncio.gather(*(location(client, link["code"]) for _ in range(100)))

        assert set(answers) == {"https://example.com/one"}
        assert loads(client) - before == 1


async def test_two_instances_with_a_lease_read_a_cold_link_once(dsn, redis_server):
    patient = {"near_cache": False, "lease_s": 10, "redis_timeout_s": 10}
    async with (
        instance(dsn, redis_server.url, **patient) as a,
        instance(dsn, redis_server.url, "shortener-b", signed_up=False, **patient) as b,
    ):
        link = await new_link(a)
        await forget(a)
        before = loads(a) + loads(b)

        answers = await asyncio.gather(*(location(c, link["code"]) for c in [a, b] * 50))

        assert set(answers) == {"https://example.com/one"}
        assert loads(a) + loads(b) - before == 1


async def test_a_lease_whose_owner_died_delays_nobody_for_longer_than_it_lasts(dsn, redis_server):
    async with instance(dsn, redis_server.url, lease_s=0.3) as client:
        link = await new_link(client)
        await forget(client)
        await redis_of(client).command("SET", f"lease:{link['code']}", "dead", "PX", 300)

        async with asyncio.timeout(1.5):
            assert await location(client, link["code"]) == "https://example.com/one"


async def test_an_old_entry_is_served_while_one_request_renews_it(dsn, redis_server, sql):
    changes = {"cache_ttl_s": 0.2, "stale_window_s": 30, "near_cache": False}
    async with instance(dsn, redis_server.url, **changes) as client:
        link = await new_link(client)
        await sql.execute("UPDATE links SET url = 'https://example.com/corrected'")
        before = loads(client)
        await asyncio.sleep(0.3)

        first = await asyncio.gather(*(location(client, link["code"]) for _ in range(20)))

        assert set(first) == {"https://example.com/one"}
        await until_seen(client, link["code"], "https://example.com/corrected", within_s=2)
        assert loads(client) - before <= 3


async def test_a_slow_reader_does_not_bring_an_old_destination_back(user):
    """It read before the edit, and stores after it: the lab `stale-forever`."""
    link = await new_link(user)
    resolver = user.app.state.parts.redirects.updates._resolver
    old = await resolver._loader.load(link["code"])
    await edit(user, link, "https://example.com/new")

    held = await resolver.store(link["code"], old)

    assert held.url == "https://example.com/new"
    assert await location(user, link["code"]) == "https://example.com/new"


async def test_edits_and_reads_that_race_leave_no_old_entry_behind(dsn, redis_server, sql):
    changes = {"cache_ttl_s": 60, "negative_ttl_s": 60}
    async with (
        instance(dsn, redis_server.url, **changes) as a,
        instance(dsn, redis_server.url, "shortener-b", signed_up=False, **changes) as b,
    ):
        links = [await new_link(a) for _ in range(10)]
        stop = asyncio.Event()
        rng = random.Random(3)

        async def read(client) -> None:
            while not stop.is_set():
                link = rng.choice(links)
                if rng.random() < 0.3:
                    await redis_of(client).command("DEL", f"link:{link['code']}")
                await location(client, link["code"])

        readers = [asyncio.create_task(read(client)) for client in [a, b] * 4]
        for n in range(60):
            await edit(a, links[n % 10], f"https://example.com/{n}")
        stop.set()
        await asyncio.gather(*readers)
        now = {row["code"]: row["url"] for row in await sql.fetch("SELECT code, url FROM links")}

        for client in (a, b):
            for code, url in now.items():
                await until_seen(client, code, url, within_s=SOON_S)


async def test_a_database_error_is_a_503_and_never_remembered_as_a_404(
    dsn, redis_server, postgres_server
):
    async with instance(dsn, redis_server.url, negative_ttl_s=60, **PLAIN) as client:
        link = await new_link(client)
        await forget(client)
        gate = client.app.state.parts.database
        pool, gate._pool = gate._pool, Unreachable()

        answer = await client.get(f"/{link['code']}")

        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        gate._pool = pool
        assert await location(client, link["code"]) == "https://example.com/one"


@pytest.mark.parametrize("traced", [True, False])
async def test_a_mistake_in_our_own_code_is_a_problem_and_counted(dsn, redis_server, traced):
    async with instance(dsn, redis_server.url, signed_up=False) as client:
        client.app.state.parts.redirects.visits._resolver._cache = None  # nobody can miss that
        headers = {"traceparent": f"00-{'a' * 32}-{'b' * 16}-01"} if traced else {}

        answer = await client.get("/somewhere", headers=headers)

        assert (answer.status_code, answer.headers["content-type"]) == (
            500,
            "application/problem+json",
        )
        labels = {"method": "GET", "route": "/{code}", "status": "500"}
        assert client.metric("http_request_seconds_count", **labels) == 1


async def test_a_visit_is_one_trace_with_its_redis_and_sql(dsn, redis_server, spans):
    settings = settings_for(dsn, redis_server.url, trace_ratio=1)
    async with running_app(settings, spans) as client:
        await client.get("/somewhere", headers={"traceparent": f"00-{'a' * 32}-{'b' * 16}-01"})
        await asyncio.to_thread(client.service.telemetry._provider.force_flush)

        visit = [s for s in spans.get_finished_spans() if s.context.trace_id == int("a" * 32, 16)]

    names = [span.name for span in visit]
    assert names.count("GET /{code}") == 1
    assert {"redis get", "SELECT links"} <= set(names)


class Unreachable:
    async def acquire(self, timeout):  # noqa: ASYNC109 - asyncpg's signature
        raise ConnectionRefusedError
