import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from shortener_app import running_app, settings_for

pytestmark = pytest.mark.integration
LINKS = "/api/v1/links"


@pytest.fixture(params=[True, False], ids=["hot route", "framework"])
async def user(request, dsn, redis_server):
    settings = settings_for(dsn, redis_server.url, hot_route=request.param)
    async with running_app(settings) as client:
        await client.sign_up()
        yield client


async def test_a_code_leads_to_its_address(user):
    code = (await user.create("https://example.com/there")).json()["code"]

    answer = await user.get(f"/{code}")

    assert (answer.status_code, answer.headers["location"]) == (302, "https://example.com/there")


async def test_an_alias_leads_there_in_every_spelling(user):
    await user.create("https://example.com/there", alias="MyAlias")

    for spelling in ("MyAlias", "myalias", "MYALIAS"):
        assert (await user.get(f"/{spelling}")).status_code == 302


async def test_an_unknown_code_is_404_until_it_is_made(user):
    missing = await user.get("/launch")
    await user.create(alias="launch")

    assert missing.status_code == 404
    assert missing.headers["content-type"] == "application/problem+json"
    assert (await user.get("/launch")).status_code == 302


async def test_a_change_is_seen_by_the_next_visit(user):
    code = (await user.create("https://example.com/old")).json()["code"]
    await user.get(f"/{code}")
    await user.patch(
        f"{LINKS}/{code}", {"url": "https://example.com/new"}, headers={"if-match": '"1"'}
    )

    assert (await user.get(f"/{code}")).headers["location"] == "https://example.com/new"


async def test_a_deleted_link_leads_nowhere(user):
    code = (await user.create()).json()["code"]
    await user.get(f"/{code}")
    await user.delete(f"{LINKS}/{code}")

    assert (await user.get(f"/{code}")).status_code == 404


async def test_a_cached_link_is_gone_the_moment_it_expires(user):
    soon = datetime.now(UTC) + timedelta(milliseconds=300)
    code = (await user.create(expires_at=soon.isoformat())).json()["code"]
    before = await user.get(f"/{code}")
    await asyncio.sleep((soon - datetime.now(UTC)).total_seconds())

    after = await user.get(f"/{code}")

    assert (before.status_code, after.status_code) == (302, 410)
    assert after.headers["content-type"] == "application/problem+json"


async def test_a_reserved_word_is_not_taken_for_a_code(user):
    assert (await user.get("/livez")).json()["status"] == "pass"
    assert (await user.get("/metrics")).status_code == 200
