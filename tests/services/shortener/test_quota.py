import asyncio

import pytest
from shortener_app import running_app, settings_for

pytestmark = pytest.mark.integration


async def test_the_quota_holds_when_forty_requests_race_for_ten_places(dsn, redis_server, sql):
    ten = settings_for(dsn, redis_server.url, link_quota=10)
    async with running_app(ten) as one, running_app(ten) as other:
        await one.sign_up()
        other.token = one.token
        answers = await asyncio.gather(*(c.create() for c in [one, other] * 20))

    assert sorted(a.status_code for a in answers) == [201] * 10 + [403] * 30
    assert await sql.fetchval("SELECT count(*) FROM links") == 10
    assert {a.json()["type"] for a in answers if a.status_code == 403} == {
        "/problems/quota-exceeded"
    }


async def test_a_deleted_link_gives_its_place_back(dsn, redis_server):
    one = settings_for(dsn, redis_server.url, link_quota=1)
    async with running_app(one) as client:
        await client.sign_up()
        first = await client.create()
        assert (await client.create()).status_code == 403
        await client.delete(first.headers["location"])

        assert (await client.create()).status_code == 201
