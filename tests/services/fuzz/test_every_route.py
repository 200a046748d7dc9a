"""Whose data is whose, and what hostile text does, on every route that the OpenAPI names.

Nothing here lists the routes under test: a new one is tried the day it is declared.
"""

import json
from urllib.parse import quote

import pytest
from routes_of_the_api import operations

pytestmark = pytest.mark.integration
# Who may be called by anybody; a new route is refused here until somebody decides.
OPEN_TO_ALL = {
    "POST /api/v1/auth/register", "POST /api/v1/auth/login", "POST /api/v1/auth/refresh",
    "POST /api/v1/auth/logout", "GET /{code}", "GET /livez", "GET /readyz", "GET /metrics",
}  # fmt: skip
SECRET_URL = "https://example.com/only-the-owner-knows"
HOSTILE = {
    "a quote": "' OR '1'='1",
    "a second statement": "'; DROP TABLE links; --",
    "a delay": "1' AND pg_sleep(9)::text = '",
    "a union": "x' UNION SELECT email, password_hash FROM accounts --",
    "a wildcard": "%_%",
    "NUL": "a\x00b",
    "a line of its own": "x\r\nX-Injected: yes",
    "a script": "<script>alert(1)</script>",
    "a template": "{{7*7}}${7*7}",
    "a way up": "../../../etc/passwd",
    "a shell": "$(touch /tmp/injected)",
    "a Redis command": "x\r\nFLUSHALL\r\n",
    "a half of a pair": "\ud800",
    "another direction": "\u202e\u2066gnp.exe",
    "a number past 64 bits": str(2**64),
    "not a number": "NaN",
    "a moment after all time": "9999-12-31T23:59:59-23:59",
    "a moment before all time": "0001-01-01T00:00:00+23:59",
    "much": "a" * 5000,
    "nothing": "",
    "deep": "[" * 3000,
}


@pytest.fixture
def routes(shortener):
    found = operations(shortener.app.openapi())
    assert len(found) >= 11
    return found


async def send(client, route, code="AbCdEf1", *, json=None, query=None, headers=None):
    given = {"params": query, "headers": headers}
    if route.fields:
        given["json"] = route.body() if json is None else json
    return await client.request(route.method, route.target(code), **given)


def test_every_route_is_either_protected_or_open_on_purpose(routes):
    assert {route.name for route in routes if not route.protected} <= OPEN_TO_ALL


async def test_every_protected_route_refuses_who_is_not_logged_in(shortener, routes):
    for route in routes:
        if route.protected:
            answer = await send(shortener, route)
            assert (answer.status_code, answer.json()["type"]) == (
                401,
                "/problems/unauthorized",
            ), route.name


async def test_a_link_of_someone_else_is_as_absent_as_none_on_every_route(user, routes):
    """With the owner's own ETag, and both spellings of the code: what an attacker may know."""
    made = await user.create(SECRET_URL, alias="the-owners")
    stranger = user.another()
    await stranger.sign_up()
    headers = {"if-match": made.headers["etag"]}

    for route in routes:
        if not (route.protected and route.parameters_in("path")):
            continue
        for code in ("the-owners", "The-OWNERS"):
            theirs = await send(stranger, route, code, headers=headers)
            nobodys = await send(stranger, route, "nobodys", headers=headers)
            assert theirs.status_code == nobodys.status_code == 404, route.name
            assert without_trace(theirs) == without_trace(nobodys), route.name

    after = await user.get("/api/v1/links/the-owners")
    assert after.json() == made.json()
    await stranger.http.aclose()


async def test_no_answer_to_a_stranger_names_the_owners_link(user, routes):
    made = await user.create(SECRET_URL)
    for number in range(3):
        await user.create(f"{SECRET_URL}/{number}")
    cursor = (await user.get("/api/v1/links", params={"limit": 1})).json()["next_cursor"]
    stranger = user.another()
    await stranger.sign_up()

    for route in routes:
        if not route.protected:
            continue
        for words in (made.json()["code"], "example.com/only", ""):
            query = {name: words for name in route.parameters_in("query") if name == "q"}
            if "cursor" in route.parameters_in("query"):
                query["cursor"] = cursor
            answer = await send(stranger, route, made.json()["code"], query=query)
            assert "only-the-owner-knows" not in answer.text, route.name
    await stranger.http.aclose()


def without_trace(answer) -> dict:
    return {name: value for name, value in answer.json().items() if name != "trace_id"}


@pytest.mark.parametrize("kind", HOSTILE)
async def test_hostile_text_in_any_parameter_is_answered_as_declared_and_does_nothing(
    user, routes, sql, kind
):
    await user.create(SECRET_URL, alias="the-owners")
    text = HOSTILE[kind]

    for route in routes:
        for where, answer in [one async for one in hostile_requests(user, route, text)]:
            assert answer.status_code < 500, (route.name, where, answer.text)
            assert answer.status_code in route.statuses | {404, 405}, (route.name, where)
            assert "x-injected" not in answer.headers
            assert "$argon2" not in answer.text, (route.name, where)
    kept = await sql.fetchval("SELECT count(*) FROM links WHERE code_key = 'the-owners'")
    assert kept == 1


async def hostile_requests(client, route, text):
    """This text in each place of a route that takes text: path, query, header, field."""
    in_path = quote(text.encode("utf-8", "surrogatepass"), safe="")
    if route.parameters_in("path") and in_path not in ("", "..%2F..%2F..%2Fetc%2Fpasswd"):
        yield "path", await send(client, route, in_path)
    for name in route.parameters_in("query"):
        path = f"{route.target('the-owners')}?{quote(name)}={in_path}"
        body = {"json": route.body()} if route.fields else {}
        yield name, await client.request(route.method, path, **body)
    for name in route.parameters_in("header"):
        if text.isprintable() and text.isascii():
            yield name, await send(client, route, "nobodys", headers={name: text})
    for name in route.fields:
        body = json.dumps(route.body(**{name: text}))
        headers = {"content-type": "application/json", "if-match": '"1"'}
        yield (
            name,
            await client.request(
                route.method, route.target("the-owners"), content=body, headers=headers
            ),
        )
