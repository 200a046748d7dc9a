import asyncio

import pytest

from services.shortener.safety.gate import SafetyGate

pytestmark = pytest.mark.integration
LINKS = "/api/v1/links"


async def send(client, key="key-1", **fields):
    body = {"url": "https://example.com/"} | fields
    return await client.post(LINKS, body, headers={"idempotency-key": key})


async def test_a_repeated_request_gets_the_first_answer_and_makes_no_second_link(user, sql):
    first, again = await send(user), await send(user)

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert first.headers["location"] == again.headers["location"]
    assert again.headers["etag"] == '"1"'
    assert await sql.fetchval("SELECT count(*) FROM links") == 1
    assert await sql.fetchval("SELECT count(*) FROM outbox") == 1


async def test_a_quoted_key_is_the_same_key(user):
    assert (await send(user, '"k"')).json() == (await send(user, "k")).json()


async def test_the_key_with_another_payload_is_refused(user):
    await send(user)

    answer = await send(user, url="https://example.org/")

    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/key-reused")


async def test_the_same_key_of_another_account_is_another_key(user, sql):
    stranger = user.another()
    await stranger.sign_up()

    await send(user), await send(stranger)

    assert await sql.fetchval("SELECT count(*) FROM links") == 2
    await stranger.http.aclose()


async def test_of_ten_at_once_one_works_and_the_rest_replay_or_wait(user, sql):
    answers = await asyncio.gather(*(send(user) for _ in range(10)))

    codes = {a.json()["code"] for a in answers if a.status_code == 201}
    assert {a.status_code for a in answers} <= {201, 409}
    assert len(codes) == 1
    assert await sql.fetchval("SELECT count(*) FROM links") == 1


async def test_a_request_that_failed_may_be_sent_again(user):
    await user.create(alias="launch")
    refused = await send(user, alias="launch")
    again = await send(user, alias="launch")

    assert [refused.status_code, again.status_code] == [409, 409]
    assert again.json()["type"] == "/problems/alias-taken"


async def test_a_key_that_is_being_worked_on_is_409_with_retry_after(user, sql):
    await send(user)
    await sql.execute("UPDATE idempotency_keys SET answer_status = NULL, answer_body = NULL")

    answer = await send(user)

    assert (answer.status_code, answer.headers["retry-after"]) == (409, "1")
    assert answer.json()["type"] == "/problems/key-in-progress"


async def test_the_key_of_a_dead_attempt_is_taken_over(user, sql):
    await send(user)
    await sql.execute(
        "UPDATE idempotency_keys SET answer_status = NULL, attempted_at = now() - interval '1 hour'"
    )

    assert (await send(user)).status_code == 201


async def test_an_attempt_that_was_taken_for_dead_leaves_no_link(user, sql, monkeypatch):
    """The first is slow at the partner, loses its key to the second, and must not write."""
    asked, answer_now = asyncio.Event(), asyncio.Event()
    admit = SafetyGate.admit

    async def slow_admit(gate, url):
        if not asked.is_set():
            asked.set()
            await answer_now.wait()
        return await admit(gate, url)

    monkeypatch.setattr(SafetyGate, "admit", slow_admit)
    first = asyncio.create_task(send(user))
    await asked.wait()
    await sql.execute("UPDATE idempotency_keys SET attempted_at = now() - interval '1 hour'")
    second = await send(user)
    answer_now.set()

    assert second.status_code == 201
    assert (await first).status_code == 409
    assert await sql.fetchval("SELECT count(*) FROM links") == 1
    assert await sql.fetchval("SELECT links_used FROM accounts") == 1
