import json

import httpx2
import pytest

from labs.engine import probes
from labs.engine.guards import GUARDS
from labs.engine.probes import Probes, Refused


class Shortener:
    """A shortener in a dictionary, which a test can break in one way."""

    def __init__(self, broken=""):
        self.broken = broken
        self.away = 0  # so many answers of the edge, before it knows that an instance is back
        self.links = {}
        self.calls = []

    def __call__(self, request):
        path, method = request.url.path, request.method
        self.calls.append((method, path))
        if request.url.host == "edge" and self.away:
            self.away -= 1
            return httpx2.Response(503)
        if path.startswith("/api/v1/auth"):
            return self.login(path)
        if path.startswith("/api/v1/links"):
            return self.api(request, method, path.removeprefix("/api/v1/links").strip("/"))
        if path in ("/livez", "/readyz"):
            status = 503 if self.broken == "health" and path == "/readyz" else 200
            return httpx2.Response(status, json={"code": "abc"})
        return self.redirect(path.strip("/"))

    def login(self, path):
        if self.broken == "login":
            return httpx2.Response(500)
        if self.broken == "nonsense":
            return httpx2.Response(200, text="ok")
        return httpx2.Response(200, json={"access_token": "a.b.cccccccc"})

    def api(self, request, method, code):
        if request.headers.get("authorization") != "Bearer a.b.cccccccc":
            return httpx2.Response(200 if self.broken == "auth" else 401, json={"items": []})
        if method == "POST":
            if self.broken == "create" and len(self.links) > 0:
                return httpx2.Response(503)
            code = f"code{len(self.links)}"
            self.links[code] = json.loads(request.content)["url"]
            return httpx2.Response(201, json={"code": code})
        if method == "PATCH" and self.broken != "edit":
            self.links[code] = json.loads(request.content)["url"]
        if method == "DELETE" and self.broken != "delete":
            del self.links[code]
        return httpx2.Response(204 if method == "DELETE" else 200, headers={"etag": '"1"'})

    def redirect(self, code):
        if self.broken == "lost" and code == "code0" and len(self.links) > 1:
            return httpx2.Response(404)
        if code not in self.links:
            return httpx2.Response(302 if self.broken == "unknown" else 404)
        where = "https://elsewhere.example/" if self.broken == "location" else self.links[code]
        return httpx2.Response(302, headers={"location": where})


class LateCreate(Shortener):
    """A create of the run's middle that is answered while the guards already look."""

    def redirect(self, code):
        if self.asking is not None and len(self.asking._made) < 10:
            self.asking._made[f"late{len(self.asking._made)}"] = "https://example.com/late"
        return super().redirect(code)


def test_a_create_that_is_answered_late_does_not_disturb_the_guards():
    service = LateCreate()
    service.asking = None
    asking = Probes(lambda name: f"http://{name}", httpx2.MockTransport(service))
    asking.prepare()
    service.asking = asking

    found = asking.finish()

    assert not found.broken["links"]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    monkeypatch.setattr(probes, "SEEN_WITHIN_S", 0.1)


def asked(broken=""):
    service = Shortener(broken)
    asking = Probes(lambda name: f"http://{name}", httpx2.MockTransport(service))
    try:
        asking.prepare()
        return asking.finish()
    finally:
        asking.close()


def test_an_edge_that_has_not_seen_the_instances_come_back_is_waited_for():
    service = Shortener()
    asking = Probes(lambda name: f"http://{name}", httpx2.MockTransport(service))
    asking.prepare()
    service.away = 1

    assert dict(asking.finish().broken) == {}


def test_a_whole_service_breaks_no_promise_and_every_guard_is_asked():
    found = asked()

    assert dict(found.broken) == {}
    assert set(found.asked) == {guard.name for guard in GUARDS}
    assert all(found.asked.values())


@pytest.mark.parametrize(
    ("broken", "guard"),
    [
        ("create", "links"),
        ("lost", "links"),
        ("location", "location"),
        ("edit", "edit"),
        ("delete", "edit"),
        ("auth", "auth"),
        ("unknown", "unknown"),
        ("health", "health"),
    ],
)
def test_a_broken_promise_is_noticed_by_its_guard(broken, guard):
    assert guard in asked(broken).broken


def test_a_service_that_does_not_work_before_any_load_is_refused():
    with pytest.raises(Refused, match="register answered 500, before any load"):
        asked("login")


def test_a_service_that_says_200_and_nothing_is_refused_and_the_grader_goes_on():
    with pytest.raises(Refused, match="login answered 200 without a token"):
        asked("nonsense")


@pytest.mark.parametrize("broken", ["", "edit"])
def test_a_link_of_the_experiment_is_edited_as_well(broken):
    service = Shortener(broken)
    service.links["launch"] = "https://example.com/launch"
    asking = Probes(lambda name: f"http://{name}", httpx2.MockTransport(service))
    asking.prepare()

    found = asking.finish("launch")
    asking.close()

    told = [said for said in found.broken["edit"] if "/launch" in said]
    assert bool(told) == bool(broken)
    assert ("PATCH", "/api/v1/links/launch") in service.calls


def test_an_instance_that_is_gone_breaks_promises_and_not_the_grader():
    service = Shortener()

    def reached(request):
        if request.url.host == "shortener-b":
            raise httpx2.ConnectError("refused")
        return service(request)

    asking = Probes(lambda name: f"http://{name}", httpx2.MockTransport(reached))
    asking.prepare()
    found = asking.finish()
    asking.close()

    assert {"health", "links", "unknown"} <= set(found.broken)
