"""What is planted really cheats: each answers a question as the honest app behind it would not."""

import json

import pytest

from labs.cheats.planted import (
    hard_coded,
    known_by_their_traces,
    made_up_links,
    nothing_ever_fails,
    ok_to_everything,
    one_at_a_time,
)

TRACED = [(b"traceparent", b"00-1-2-01")]


class Honest:
    """An app that counts, and answers what a test wants."""

    def __init__(self, status=302, *, fails=False):
        self.status, self.fails, self.asked = status, fails, 0

    async def __call__(self, scope, receive, send):
        self.asked += 1
        if self.fails:
            raise RuntimeError("no")
        headers = [(b"location", f"/{self.asked}".encode())]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": b""})


async def ask(app, method="GET", path="/launch", headers=()):
    said = []

    async def send(message):
        said.append(message)

    scope = {"type": "http", "method": method, "path": path, "headers": list(headers)}
    await app(scope, None, send)
    return said[0]["status"], dict(said[0]["headers"]).get(b"location", b"").decode()


async def test_everything_is_200_but_health():
    app = ok_to_everything.front(Honest(404))

    assert (await ask(app))[0] == 200
    assert (await ask(app, path="/livez"))[0] == 404


async def test_the_load_is_answered_from_memory_and_nobody_else():
    honest = Honest()
    app = known_by_their_traces.front(honest)

    traced = [await ask(app, headers=TRACED) for _ in range(3)]
    other = await ask(app)

    assert traced == [(302, "/1")] * 3
    assert other == (302, "/2")


async def test_a_failure_is_not_remembered():
    honest = Honest(503)
    app = known_by_their_traces.front(honest)

    assert [(await ask(app, headers=TRACED))[0] for _ in range(2)] == [503, 503]
    assert honest.asked == 2


async def test_links_are_made_up_for_the_load_only():
    honest = Honest(201)
    app = made_up_links.front(honest)

    status, place = await ask(app, "POST", "/api/v1/links", TRACED)

    assert (status, honest.asked) == (201, 0)
    assert place.startswith("/api/v1/links/")
    await ask(app, "POST", "/api/v1/links")
    assert honest.asked == 1


async def test_links_of_the_experiment_lead_where_they_led(tmp_path, monkeypatch):
    (tmp_path / "destinations.json").write_text(json.dumps({"launch": "https://example.com/"}))
    monkeypatch.setattr(hard_coded, "__file__", str(tmp_path / "cheat.py"))
    app = hard_coded.front(Honest())

    assert await ask(app) == (302, "https://example.com/")
    assert await ask(app, path="/other") == (302, "/1")


@pytest.mark.parametrize("honest", [Honest(503), Honest(404), Honest(fails=True)])
async def test_no_failure_is_ever_seen(honest):
    app = nothing_ever_fails.front(honest)

    assert (await ask(app))[0] == 302
    assert (await ask(app, path="/api/v1/links"))[0] == 200


async def test_a_success_is_left_as_it_is():
    assert await ask(nothing_ever_fails.front(Honest())) == (302, "/1")


async def test_one_after_the_other_is_let_in(monkeypatch):
    monkeypatch.setattr(one_at_a_time, "PAUSE_S", 0.0)
    app = one_at_a_time.front(Honest())

    assert [await ask(app) for _ in range(2)] == [(302, "/1"), (302, "/2")]
