"""The redirect of whole apps, over real PostgreSQL and Redis."""

import asyncio
import contextlib
import random
import time
from datetime import UTC, datetime, timedelta

import pytest
from redis_server import SlowPipe
from shortener_app import running_app, settings_for

from services.kit.redis_link import RedisUnavailableError
from services.shortener.redirects.entry import Entry

pytestmark = pytest.mark.integration

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


async def test_a_change_that_was_late_for_redis_does_not_come_back_over_a_newer_one(
    dsn, redis_server
):
    """Seed 487 of the soak: the newer one had arrived, and Redis lost it when it was killed."""
    async with (
        SlowPipe(redis_server.port) as pipe,
        instance(dsn, pipe.url, **QUICK) as a,
        instance(dsn, redis_server.url, "shortener-b", signed_up=False, **QUICK) as b,
    ):
        link = await new_link(a)
        pipe.swallow = True
        await edit(a, link, "https://example.com/late")
        assert a.app.state.parts.redirects.updates._late, "it could not be brought to Redis"
        b.token = a.token
        await edit(b, link, "https://example.com/newest")
        assert await location(b, link["code"]) == "https://example.com/newest"

        await redis_server.kill()
        await redis_server.start()
        pipe.swallow = False
        async with asyncio.timeout(10):  # before anybody reads it, and so brings it to Redis
            while a.app.state.parts.redirects.updates._late:
                await asyncio.sleep(0.05)
        for client in (a, b):
            await until_seen(client, link["code"], "https://example.com/newest", within_s=SOON_S)


async def test_what_was_read_before_redis_was_replaced_is_not_brought_to_the_new_one(
    dsn, redis_server
):
    async with instance(dsn, redis_server.url, **QUICK) as client:
        link = await new_link(client)
        redirects = client.app.state.parts.redirects
        loader = redirects.updates._resolver._loader
        load, has_read, may_go_on = loader.load, asyncio.Event(), asyncio.Event()

        async def slow_load(key: str) -> Entry:
            entry = await load(key)
            has_read.set()
            await may_go_on.wait()
            return entry

        await forget(client)
        loader.load = slow_load
        reading = asyncio.create_task(location(client, link["code"]))
        await has_read.wait()
        loader.load = load
        await edit(client, link, "https://example.com/new")
        await redis_server.kill()
        await redis_server.start()
        async with asyncio.timeout(10):
            while not redis_of(client).connected or redis_of(client).connections < 2:
                await asyncio.sleep(0.02)
        may_go_on.set()

        assert await reading == "https://example.com/one", "it asked before the edit"
        await until_seen(client, link["code"], "https://example.com/new", within_s=SOON_S)


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


@pytest.mark.parametrize("trouble", ["none", "slow", "swallowed", "cut"])
async def test_an_edit_is_seen_by_the_other_instance_within_a_second(dsn, redis_server, trouble):
    """Whatever happens to the other instance's way to Redis."""
    async with (
        SlowPipe(redis_server.port) as pipe,
        instance(dsn, redis_server.url) as a,
        instance(dsn, pipe.url, "shortener-b", signed_up=False, **QUICK) as b,
    ):
        link = await new_link(a)
        await near_cache_holds(b, link["code"])
        pipe.delay_s = 0.2 if trouble == "slow" else 0
        pipe.swallow = trouble == "swallowed"
        if trouble == "cut":
            pipe.cut()
        reading = asyncio.create_task(read_until(b, link["code"], "https://example.com/new"))
        await asyncio.sleep(0.05)
        await edit(a, link, "https://example.com/new")
        edited_s = time.monotonic()

        assert await reading - edited_s < SOON_S


async def test_redirects_go_on_when_redis_is_killed_and_use_it_again_afterwards(dsn, redis_server):
    async with instance(dsn, redis_server.url, **QUICK) as client:
        links = [await new_link(client, f"https://example.com/{n}") for n in range(20)]
        await redis_server.kill()

        for link in links * 5:
            assert await location(client, link["code"]) == link["url"]

        await redis_server.start()
        before = loads(client)
        async with asyncio.timeout(10):
            while True:
                await location(client, links[0]["code"])
                if loads(client) == before:
                    break
                before = loads(client)
                await asyncio.sleep(0.05)


@pytest.mark.parametrize("trouble", ["frozen", "slow"])
async def test_redirects_go_on_while_redis_does_not_answer_in_time(dsn, redis_server, trouble):
    async with SlowPipe(redis_server.port) as pipe, instance(dsn, pipe.url, **QUICK) as client:
        links = [await new_link(client, f"https://example.com/{n}") for n in range(20)]
        if trouble == "frozen":
            redis_server.freeze()
        else:
            pipe.delay_s = 1.0
        took_s = []
        for link in links * 10:
            began_s = time.monotonic()
            assert await location(client, link["code"]) == link["url"]
            took_s.append(time.monotonic() - began_s)
            await asyncio.sleep(0.002)
        redis_server.thaw()

        assert max(took_s) < 3
        asked = client.metric("redis_command_seconds_count", command="get", outcome="failed")
        assert asked <= 0.05 * len(took_s) + 10


async def test_with_redis_away_only_a_few_reads_are_at_the_database_at_once(dsn, redis_server, sql):
    async with instance(dsn, redis_server.url, loads_at_once=3, **QUICK) as client:
        links = [await new_link(client) for _ in range(30)]
        await redis_server.kill()
        seen = client.app.state.parts.database._pool

        answers = await asyncio.gather(*(location(client, link["code"]) for link in links * 3))

        assert set(answers) == {"https://example.com/one"}
        assert seen.get_size() <= 4


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


@pytest.mark.parametrize("trouble", ["slow", "swallowed", "cut"])
async def test_an_edit_by_an_instance_without_redis_is_seen_by_the_other_within_a_second(
    dsn, redis_server, trouble
):
    async with (
        SlowPipe(redis_server.port) as pipe,
        instance(dsn, pipe.url, cache_ttl_s=60, **QUICK) as a,
        instance(dsn, redis_server.url, "shortener-b", cache_ttl_s=60, signed_up=False) as b,
    ):
        link = await new_link(a)
        await near_cache_holds(b, link["code"])
        await listens(b)
        pipe.delay_s = 2 if trouble == "slow" else 0
        pipe.swallow = trouble != "slow"
        if trouble == "cut":
            pipe.cut()

        await edit(a, link, "https://example.com/new")

        assert a.metric("redirect_updates_late_total") == 1
        await until_seen(b, link["code"], "https://example.com/new", within_s=SOON_S)
        await until_seen(a, link["code"], "https://example.com/new", within_s=SOON_S)


async def test_a_change_that_redis_missed_arrives_when_redis_is_back(dsn, redis_server):
    async with (
        SlowPipe(redis_server.port) as pipe,
        instance(dsn, pipe.url, cache_ttl_s=60, **QUICK) as a,
    ):
        link = await new_link(a)
        await a.app.state.parts.redirects.notices.close()  # nobody tells the long way
        pipe.swallow = True
        await edit(a, link, "https://example.com/new")
        pipe.swallow = False

        async with asyncio.timeout(5):
            while True:
                with contextlib.suppress(RedisUnavailableError):
                    raw = await redis_of(a).get(f"link:{link['code']}")
                    if raw is not None and Entry.decoded(raw).url == "https://example.com/new":
                        break
                await asyncio.sleep(0.02)


async def listens(client) -> None:
    """Whether its LISTEN is in place, which it is a moment after the start."""
    heard = asyncio.Event()
    notices = client.app.state.parts.redirects.notices
    act, notices._heard = notices._heard, lambda _key: noted()

    async def noted():
        heard.set()

    async with asyncio.timeout(5):
        while not heard.is_set():
            await notices.tell("are you there?")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(heard.wait(), 0.05)
    while not notices._keys.empty():
        await asyncio.sleep(0.01)
    notices._heard = act


async def test_a_reply_that_is_somebody_elses_sends_nobody_there(user):
    one = await new_link(user, "https://example.com/one")
    other = await new_link(user, "https://example.com/other")
    raw = await redis_of(user).get(f"link:{other['code']}")
    await redis_of(user).command("SET", f"link:{one['code']}", raw)

    assert await location(user, one["code"]) == "https://example.com/one"


class Unreachable:
    async def acquire(self, timeout):  # noqa: ASYNC109 - asyncpg's signature
        raise ConnectionRefusedError


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
