"""Access tokens that somebody made themselves. None opens anything, and none is a 500."""

import base64
import hashlib
import hmac
import json
import time

import pytest
from shortener_app import SECRET

pytestmark = pytest.mark.integration
LINKS = "/api/v1/links"


def part(value) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def claims(**changes) -> dict:
    now_s = int(time.time())
    given = {"iss": "shortener", "aud": "shortener-api", "sub": "1", "iat": now_s}
    return given | {"exp": now_s + 60} | changes


def signed(header, body, key=b"", digest=hashlib.sha256) -> str:
    """A token with any header at all: libraries refuse to make most of these."""
    text = f"{part(header)}.{part(body)}"
    return f"{text}.{part(hmac.new(key, text.encode(), digest).digest())}"


def ours(header) -> str:
    """Signed with the right secret, as if it had leaked into the wrong hands' header."""
    return signed(header, claims(), SECRET.encode())


HS256 = {"alg": "HS256", "typ": "JWT"}
TOKENS = {
    **{
        f"alg {name}": lambda name=name: f"{part({'alg': name})}.{part(claims())}."
        for name in ("none", "None", "NONE", "nOnE", "", "HS256")
    },
    "no alg": lambda: f"{part({'typ': 'JWT'})}.{part(claims())}.",
    "alg is a list": lambda: ours({"alg": ["HS256", "none"]}),
    "alg is null": lambda: ours({"alg": None}),
    "confusion: RS256 said, HMAC made": lambda: ours({"alg": "RS256"}),
    "confusion: ES256 said, HMAC made": lambda: ours({"alg": "ES256"}),
    "HS512 with the right secret": lambda: signed(
        {"alg": "HS512"}, claims(), SECRET.encode(), hashlib.sha512
    ),
    "kid is a path to an empty file": lambda: signed(HS256 | {"kid": "/dev/null"}, claims()),
    "kid is a way up": lambda: signed(HS256 | {"kid": "../../../../dev/null"}, claims()),
    "kid is a statement": lambda: signed(
        HS256 | {"kid": "x' UNION SELECT 'key' --"}, claims(), b"key"
    ),
    "kid is a number": lambda: signed(HS256 | {"kid": 7}, claims()),
    "its own key in the header": lambda: signed(
        HS256 | {"jwk": {"kty": "oct", "k": part(b"mine")}}, claims(), b"mine"
    ),
    "a key to be fetched": lambda: signed(
        HS256 | {"jku": "http://127.0.0.1:1/keys", "x5u": "http://127.0.0.1:1/x"}, claims()
    ),
    "critical extension": lambda: ours(HS256 | {"crit": ["unknown"], "unknown": 1}),
    "expired": lambda: signed(HS256, claims(exp=int(time.time()) - 60), SECRET.encode()),
    "issued tomorrow": lambda: signed(HS256, claims(iat=time.time() + 86400), SECRET.encode()),
    "expiry is text": lambda: signed(HS256, claims(exp="never"), SECRET.encode()),
    "expiry is endless": lambda: signed(HS256, claims(exp=float("inf")), SECRET.encode()),
    "subject is a number": lambda: signed(HS256, claims(sub=1), SECRET.encode()),
    "subject past 64 bits": lambda: signed(HS256, claims(sub=str(2**70)), SECRET.encode()),
    "claims are a list": lambda: signed(HS256, [1], SECRET.encode()),
    "a header as deep as the stack": lambda: f"{part(b'[' * 5000)}.{part(claims())}.{part(b'x')}",
    "claims as deep as the stack": lambda: signed(HS256, b"[" * 5000, SECRET.encode()),
    "a header that is no JSON": lambda: f"{part(b'{')}.{part(claims())}.x",
    "bytes that are no text": lambda: f"{part(bytes(range(128, 200)))}.{part(claims())}.x",
    "a longer number than Python reads": lambda: f"{part(b'1' * 5000)}.{part(claims())}.x",
    "other alphabets": lambda: "\xe4\xf6\xfc.\xe4.\xe4",
    "five parts": lambda: f"{part(HS256)}.a.b.c.d",
    "dots": lambda: "..",
    "a very long one": lambda: "a" * 15_000,
}


@pytest.mark.parametrize("kind", TOKENS)
async def test_a_token_of_ones_own_making_opens_nothing(user, kind):
    token = TOKENS[kind]()

    answer = await user.http.get(
        LINKS, headers={b"authorization": b"Bearer " + token.encode("latin-1")}
    )

    assert answer.status_code == 401, answer.text
    assert answer.json()["type"] == "/problems/unauthorized"


async def test_the_token_that_these_are_made_from_does_open(user):
    """Else every refusal above might be for another reason."""
    answer = await user.http.get(LINKS, headers={"authorization": f"Bearer {ours(HS256)}"})

    assert answer.status_code == 200


@pytest.mark.parametrize("scheme", ["Basic", "", "Bearer Bearer", "Token", "Bearer\t"])
async def test_a_good_token_under_another_scheme_opens_nothing(user, scheme):
    answer = await user.http.get(LINKS, headers={"authorization": f"{scheme} {user.token}".strip()})

    assert answer.status_code == 401


async def test_a_refresh_token_is_no_access_token_and_the_other_way_round(shortener):
    tokens = await shortener.sign_up()
    shortener.token = tokens["refresh_token"]

    assert (await shortener.get(LINKS)).status_code == 401
    shortener.token = None
    swapped = {"refresh_token": tokens["access_token"][:200]}
    assert (await shortener.post("/api/v1/auth/refresh", swapped)).status_code == 401
