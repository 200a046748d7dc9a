import json

import pytest

pytestmark = pytest.mark.integration
LINKS = "/api/v1/links"


async def codes(user, **query):
    answer = await user.get(LINKS, params=query)
    assert answer.status_code == 200, answer.text
    return [item["code"] for item in answer.json()["items"]], answer.json()["next_cursor"]


async def create_many(user, count):
    return [(await user.create(alias=f"link-{n:02}")).json()["code"] for n in range(count)]


async def test_pages_hold_every_link_once_newest_first(user):
    made = await create_many(user, 7)

    seen, cursor = [], None
    while True:
        page, cursor = await codes(user, limit=3, **({"cursor": cursor} if cursor else {}))
        seen += page
        if cursor is None:
            break

    assert seen == made[::-1]


async def test_a_link_created_meanwhile_shifts_nothing(user):
    made = await create_many(user, 4)
    first, cursor = await codes(user, limit=2)
    await user.create(alias="newest")

    second, _ = await codes(user, limit=2, cursor=cursor)

    assert first + second == made[::-1]


async def test_deleted_links_and_those_of_others_are_not_listed(user):
    await create_many(user, 2)
    await user.delete(f"{LINKS}/link-00")
    stranger = user.another()
    await stranger.sign_up()

    assert (await codes(user))[0] == ["link-01"]
    assert (await codes(stranger))[0] == []
    await stranger.http.aclose()


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("news.example.com", ["two", "one"]),
        ("https://News.example.com/b", ["two"]),
        ("TWO", ["two"]),
        ("example", ["three"]),
        ("%", []),
        ("_", []),
    ],
)
async def test_a_search_finds_codes_and_beginnings_of_addresses(user, q, found):
    await user.create("https://news.example.com/a", alias="one")
    await user.create("https://news.example.com/b", alias="two")
    await user.create("https://example.com/b", alias="three")

    assert (await codes(user, q=q))[0] == found


@pytest.mark.parametrize("cursor", ["x", "MTox!", "", "MToxMjM0=", "Mjox"])
async def test_a_cursor_that_is_not_ours_is_refused(user, cursor):
    answer = await user.get(LINKS, params={"cursor": cursor})

    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/bad-cursor")


def nodes(plan):
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


STATEMENTS = {
    "a redirect": ("services.shortener.redirects.loader", "LOAD", ["a"]),
    "a page": ("services.shortener.links.listing", "_PAGE", [1, 10**9, 21]),
    "a search": (
        "services.shortener.links.listing",
        "_SEARCH",
        [1, 10**9, 21, "news.e", "news.e\U0010ffff", "a", "b"],
    ),
    "one link": ("services.shortener.links.store", "_OWNED", ["a", "b", 1]),
}


@pytest.mark.parametrize("what", STATEMENTS)
async def test_no_statement_reads_a_whole_table(sql, what):
    module, name, arguments = STATEMENTS[what]
    await sql.execute(
        "INSERT INTO accounts (email, email_key, password_hash)"
        " SELECT n::text, n::text, '' FROM generate_series(1, 100) n"
    )
    await sql.execute(
        "INSERT INTO links (code, code_key, owner_id, url)"
        " SELECT n::text, n::text, 1 + n % 100, 'https://example.com/' || n"
        " FROM generate_series(1, 20000) n"
    )
    await sql.execute("ANALYZE")
    statement = getattr(__import__(module, fromlist=[name]), name)

    plan = json.loads(await sql.fetchval(f"EXPLAIN (FORMAT JSON) {statement}", *arguments))

    kinds = {node["Node Type"] for node in nodes(plan[0]["Plan"])}
    assert "Seq Scan" not in kinds
    assert kinds & {"Index Scan", "Bitmap Index Scan", "Index Only Scan"}
