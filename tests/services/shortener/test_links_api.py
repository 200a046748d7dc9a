import asyncio
from datetime import UTC, datetime, timedelta

import pytest

pytestmark = pytest.mark.integration
LINKS = "/api/v1/links"


async def test_a_new_link_answers_with_its_location_etag_and_short_url(user):
    answer = await user.create("https://Example.com/a b".replace(" ", "%20"))

    assert answer.status_code == 201
    body = answer.json()
    assert body["url"] == "https://example.com/a%20b"
    assert body["short_url"] == f"http://sho.rt/{body['code']}"
    assert (body["version"], body["expires_at"]) == (1, None)
    assert answer.headers["location"] == f"{LINKS}/{body['code']}"
    assert answer.headers["etag"] == '"1"'
    assert (await user.get(answer.headers["location"])).json() == body


async def test_nobody_creates_links_without_logging_in(shortener):
    answer = await shortener.create()

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.headers["content-type"] == "application/problem+json"


async def test_an_alias_is_taken_in_every_spelling(user):
    assert (await user.create(alias="MyAlias")).status_code == 201

    answer = await user.create(alias="myALIAS")

    assert answer.status_code == 409
    assert answer.json()["type"] == "/problems/alias-taken"
    assert (await user.get(f"{LINKS}/MYALIAS")).json()["code"] == "MyAlias"


async def test_twenty_racers_for_one_alias_make_one_link(user, sql):
    answers = await asyncio.gather(*(user.create(alias="launch") for _ in range(20)))

    assert sorted(a.status_code for a in answers) == [201] + [409] * 19
    assert await sql.fetchval("SELECT count(*) FROM links") == 1


@pytest.mark.parametrize("alias", ["api", "Login", "metrics"])
async def test_a_reserved_word_is_no_alias(user, alias):
    answer = await user.create(alias=alias)

    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/alias-reserved")


@pytest.mark.parametrize(
    ("field", "value"),
    [("alias", "a/b"), ("alias", "-x-"), ("expires_at", "2001-01-01T00:00:00Z"), ("urls", "x")],
)
async def test_a_field_that_is_not_valid_is_named(user, field, value):
    answer = await user.create(**{field: value})

    assert answer.status_code == 422
    assert [e["pointer"] for e in answer.json()["errors"]] == [f"/{field}"]


async def test_an_unsafe_address_is_refused_with_the_reason(user):
    answer = await user.create("http://127.1/admin")

    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/unsafe-url")
    assert "private" in answer.json()["detail"]


async def test_a_link_of_someone_else_is_not_there(user):
    code = (await user.create()).json()["code"]
    stranger = user.another()
    await stranger.sign_up()

    for answer in (
        await stranger.get(f"{LINKS}/{code}"),
        await stranger.get(f"{LINKS}/{code}/stats"),
        await stranger.delete(f"{LINKS}/{code}"),
        await stranger.patch(f"{LINKS}/{code}", {"url": "https://x.org"}),
    ):
        assert answer.status_code == 404
    await stranger.http.aclose()


async def test_a_change_needs_the_version_it_was_made_against(user):
    path = f"{LINKS}/{(await user.create()).json()['code']}"

    missing = await user.patch(path, {"url": "https://one.example.com/"})
    wrong = await user.patch(path, {"url": "https://x.org/"}, headers={"if-match": '"7"'})
    weak = await user.patch(path, {"url": "https://x.org/"}, headers={"if-match": 'W/"1"'})
    right = await user.patch(path, {"url": "https://one.org/"}, headers={"if-match": '"1"'})
    stale = await user.patch(path, {"url": "https://two.org/"}, headers={"if-match": '"1"'})

    assert [a.status_code for a in (missing, wrong, weak, right, stale)] == [
        428, 412, 412, 200, 412,
    ]  # fmt: skip
    assert (right.json()["url"], right.headers["etag"]) == ("https://one.org/", '"2"')


async def test_of_ten_changes_to_one_version_one_is_made(user):
    path = f"{LINKS}/{(await user.create()).json()['code']}"

    answers = await asyncio.gather(
        *(
            user.patch(path, {"url": f"https://example.com/{n}"}, headers={"if-match": '"1"'})
            for n in range(10)
        )
    )

    assert sorted(a.status_code for a in answers) == [200] + [412] * 9


async def test_the_expiry_is_set_kept_and_cleared(user):
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    created = (await user.create(expires_at=later)).json()
    path = f"{LINKS}/{created['code']}"

    kept = await user.patch(path, {"url": "https://x.org/"}, headers={"if-match": "*"})
    cleared = await user.patch(path, {"expires_at": None}, headers={"if-match": "*"})

    assert kept.json()["expires_at"] == created["expires_at"] is not None
    assert cleared.json()["expires_at"] is None
    assert cleared.json()["url"] == "https://x.org/"


async def test_a_deleted_link_is_gone_and_its_code_stays_taken(user, sql):
    await user.create(alias="once")

    assert (await user.delete(f"{LINKS}/once")).status_code == 204
    assert (await user.get(f"{LINKS}/once")).status_code == 404
    assert (await user.delete(f"{LINKS}/once")).status_code == 404
    assert (await user.create(alias="once")).status_code == 409
    assert await sql.fetchval("SELECT links_used FROM accounts") == 0


async def test_every_change_leaves_its_event_in_order(user, sql):
    code = (await user.create()).json()["code"]
    await user.patch(f"{LINKS}/{code}", {"url": "https://x.org/"}, headers={"if-match": '"1"'})
    await user.delete(f"{LINKS}/{code}", headers={"if-match": '"2"'})

    rows = await sql.fetch("SELECT key, type, payload->>'version' AS v FROM outbox ORDER BY id")

    assert [tuple(r) for r in rows] == [
        (code, "link.created", "1"),
        (code, "link.changed", "2"),
        (code, "link.deleted", "3"),
    ]


async def test_a_refused_link_leaves_no_event_and_takes_no_place(user, sql):
    await user.create(alias="taken")
    await user.create(alias="taken")

    assert await sql.fetchval("SELECT count(*) FROM outbox") == 1
    assert await sql.fetchval("SELECT links_used FROM accounts") == 1


async def test_statistics_add_up_the_hours(user, sql):
    code = (await user.create()).json()["code"]
    await sql.execute(
        "INSERT INTO click_counts SELECT id, h, 3 FROM links,"
        " unnest(ARRAY[date_trunc('hour', now()), now() - interval '30 days']) h"
    )

    body = (await user.get(f"{LINKS}/{code}/stats")).json()

    assert (body["code"], body["total"]) == (code, 6)
    assert [hour["clicks"] for hour in body["hours"]] == [3]
