import asyncio
import threading
import time

import jwt
import pytest
from argon2 import PasswordHasher
from shortener_app import SECRET, running_app, settings_for

pytestmark = pytest.mark.integration
AUTH = "/api/v1/auth"
LINKS = "/api/v1/links"
WHO = {"email": "ada@example.com", "password": "correct horse"}


async def test_a_login_answers_with_both_tokens_and_is_not_cached(shortener):
    await shortener.post(f"{AUTH}/register", WHO)

    answer = await shortener.post(f"{AUTH}/login", WHO | {"email": " Ada@EXAMPLE.com "})

    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 900)
    assert {"access_token", "refresh_token"} < body.keys()


async def test_an_address_has_one_account_in_any_spelling(shortener):
    first = await shortener.post(f"{AUTH}/register", WHO)
    second = await shortener.post(f"{AUTH}/register", WHO | {"email": "ADA@example.com"})

    assert (first.status_code, second.status_code) == (201, 409)
    assert second.json()["type"] == "/problems/email-taken"


async def test_a_wrong_password_and_an_unknown_address_look_the_same(shortener):
    await shortener.post(f"{AUTH}/register", WHO)

    wrong = await shortener.post(f"{AUTH}/login", WHO | {"password": "wrong horse"})
    unknown = await shortener.post(f"{AUTH}/login", WHO | {"email": "eve@example.com"})

    assert wrong.status_code == unknown.status_code == 401
    one, other = wrong.json(), unknown.json()
    one.pop("trace_id"), other.pop("trace_id")
    assert one == other


async def test_an_unknown_address_is_hashed_for_too(shortener):
    before = shortener.metric("password_hash_seconds_count")
    await shortener.post(f"{AUTH}/login", WHO)

    assert shortener.metric("password_hash_seconds_count") == before + 1


@pytest.mark.parametrize("password", ["short", "x" * 129])
async def test_a_password_has_a_least_and_a_greatest_length(shortener, password):
    answer = await shortener.post(f"{AUTH}/register", WHO | {"password": password})

    assert answer.status_code == 422
    assert password not in answer.text


async def test_a_megabyte_of_password_is_refused_unread(shortener):
    answer = await shortener.post(f"{AUTH}/login", WHO | {"password": "x" * 1_000_000})

    assert answer.status_code == 413


async def test_only_an_argon2_hash_is_stored(shortener, sql):
    await shortener.post(f"{AUTH}/register", WHO)

    assert (await sql.fetchval("SELECT password_hash FROM accounts")).startswith("$argon2id$")


async def test_a_hash_made_at_another_cost_is_renewed_at_login(dsn, redis_server, sql):
    async with running_app(settings_for(dsn, redis_server.url)) as client:
        await client.post(f"{AUTH}/register", WHO)
    dearer = settings_for(dsn, redis_server.url, password_time_cost=2)
    async with running_app(dearer) as client:
        assert (await client.post(f"{AUTH}/login", WHO)).status_code == 200

    assert "t=2" in await sql.fetchval("SELECT password_hash FROM accounts")


async def test_logins_beyond_the_queue_are_told_to_come_back(dsn, redis_server):
    few = settings_for(
        dsn, redis_server.url, password_queue=1, password_time_cost=20, password_memory_kib=8192
    )
    async with running_app(few) as client:
        await client.post(f"{AUTH}/register", WHO)
        answers = await asyncio.gather(*(client.post(f"{AUTH}/login", WHO) for _ in range(8)))

    refused = [a for a in answers if a.status_code == 503]
    assert {a.status_code for a in answers} == {200, 503}
    assert {a.json()["type"] for a in refused} == {"/problems/too-busy"}
    assert {a.headers["retry-after"] for a in refused} == {"2"}


async def test_passwords_are_hashed_beside_the_event_loop(shortener, monkeypatch):
    """While one is, requests go on: the hash itself waits until one was answered."""
    await shortener.post(f"{AUTH}/register", WHO)
    verify, go_on, where = PasswordHasher.verify, threading.Event(), []

    def slow_verify(hasher, stored, password):
        where.append(threading.current_thread())
        assert go_on.wait(10)
        return verify(hasher, stored, password)

    monkeypatch.setattr(PasswordHasher, "verify", slow_verify)
    login = asyncio.create_task(shortener.post(f"{AUTH}/login", WHO))
    async with asyncio.timeout(10):
        while not where:
            await asyncio.sleep(0.005)
        meanwhile = await shortener.get("/livez")
    go_on.set()

    assert meanwhile.status_code == 200
    assert (await login).status_code == 200
    assert where[0] is not threading.main_thread()


async def test_a_refresh_token_works_once_and_gives_the_next(shortener):
    tokens = await shortener.sign_up()

    first = await shortener.post(f"{AUTH}/refresh", {"refresh_token": tokens["refresh_token"]})
    next_token = first.json()["refresh_token"]
    second = await shortener.post(f"{AUTH}/refresh", {"refresh_token": next_token})

    assert (first.status_code, second.status_code) == (200, 200)
    assert next_token != tokens["refresh_token"]


async def test_a_refresh_token_used_twice_ends_the_whole_session(shortener, sql):
    stolen = (await shortener.sign_up())["refresh_token"]
    thief = await shortener.post(f"{AUTH}/refresh", {"refresh_token": stolen})

    owner = await shortener.post(f"{AUTH}/refresh", {"refresh_token": stolen})
    after = await shortener.post(
        f"{AUTH}/refresh", {"refresh_token": thief.json()["refresh_token"]}
    )

    assert (thief.status_code, owner.status_code, after.status_code) == (200, 401, 401)
    assert owner.json()["type"] == "/problems/refresh-refused"
    assert await sql.fetchval("SELECT revoked_for FROM refresh_families") == "reuse"


async def test_of_ten_refreshes_with_one_token_one_wins(shortener):
    token = (await shortener.sign_up())["refresh_token"]

    answers = await asyncio.gather(
        *(shortener.post(f"{AUTH}/refresh", {"refresh_token": token}) for _ in range(10))
    )

    assert sorted(a.status_code for a in answers) == [200] + [401] * 9


async def test_reuse_in_one_session_leaves_the_other_alone(shortener):
    phone = await shortener.sign_up("ada@example.com")
    laptop = (await shortener.post(f"{AUTH}/login", WHO)).json()
    for _ in range(2):
        await shortener.post(f"{AUTH}/refresh", {"refresh_token": phone["refresh_token"]})

    answer = await shortener.post(f"{AUTH}/refresh", {"refresh_token": laptop["refresh_token"]})

    assert answer.status_code == 200


async def test_an_expired_refresh_token_is_refused(shortener, sql):
    token = (await shortener.sign_up())["refresh_token"]
    await sql.execute("UPDATE refresh_tokens SET expires_at = now() - interval '1 second'")

    answer = await shortener.post(f"{AUTH}/refresh", {"refresh_token": token})

    assert answer.status_code == 401


async def test_a_logout_ends_the_session_and_may_be_said_twice(shortener):
    token = {"refresh_token": (await shortener.sign_up())["refresh_token"]}

    assert (await shortener.post(f"{AUTH}/logout", token)).status_code == 204
    assert (await shortener.post(f"{AUTH}/logout", token)).status_code == 204
    assert (await shortener.post(f"{AUTH}/refresh", token)).status_code == 401


def forged(secret=SECRET, algorithm="HS256", leave_out=(), **changes) -> str:
    now_s = int(time.time())
    claims = {
        "iss": "shortener",
        "aud": "shortener-api",
        "sub": "1",
        "iat": now_s,
        "exp": now_s + 60,
    }
    claims = {k: v for k, v in (claims | changes).items() if k not in leave_out}
    return jwt.encode(claims, secret, algorithm)


FORGERIES = {
    "another secret": lambda: forged(secret="b" * 40),
    "no algorithm": lambda: forged(secret="", algorithm="none"),
    "another algorithm": lambda: forged(secret=SECRET * 2, algorithm="HS512"),
    "expired": lambda: forged(exp=int(time.time()) - 60),
    "for someone else": lambda: forged(aud="another-api"),
    "from someone else": lambda: forged(iss="another"),
    "without expiry": lambda: forged(leave_out=["exp"]),
    "without audience": lambda: forged(leave_out=["aud"]),
    "without issuer": lambda: forged(leave_out=["iss"]),
    "a strange subject": lambda: forged(sub="1 or 2"),
    "garbage": lambda: "a.b.c",
}


@pytest.mark.parametrize("forgery", FORGERIES)
async def test_a_forged_token_opens_nothing(user, forgery):
    user.token = FORGERIES[forgery]()

    assert (await user.get(LINKS)).status_code == 401


async def test_a_well_made_token_opens(user):
    user.token = forged()

    assert (await user.get(LINKS)).status_code == 200
