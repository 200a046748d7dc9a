import asyncio
import json

import httpx2
import pytest
from fastapi import FastAPI
from kit_app import demo
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from services.kit.allowed import allowed_at
from services.kit.health import Check

TRACE = "0af7651916cd43dd8448eb211c80319c"
SAMPLED = f"00-{TRACE}-b7ad6b7169203331-01"
UNSAMPLED = f"00-{TRACE}-b7ad6b7169203331-00"


def client_for(app):
    return httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app, raise_app_exceptions=False), base_url="http://test"
    )


@pytest.fixture
async def client():
    service, app = demo()
    async with client_for(app) as http:
        http.service = service
        yield http


@pytest.fixture
def spans():
    return InMemorySpanExporter()


@pytest.fixture
def traced(spans):
    """A demo whose spans can be read at once."""

    def build(ratio):
        service, app = demo(spans, trace_ratio=ratio)
        service.telemetry._provider.add_span_processor(SimpleSpanProcessor(spans))
        return client_for(app)

    return build


async def test_our_problem_is_rendered_with_what_it_carries(client):
    answer = await client.post("/orders", json={"cups": 4})

    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body.pop("trace_id")
    assert body == {
        "type": "/problems/out-of-tea",
        "title": "There is no tea",
        "status": 409,
        "detail": "Three cups at most.",
        "cups_left": 3,
    }


@pytest.mark.parametrize(
    ("method", "path", "status", "kind"),
    [
        ("GET", "/nowhere", 404, "/problems/not-found"),
        ("DELETE", "/orders", 405, "/problems/method-not-allowed"),
    ],
)
async def test_what_the_framework_refuses_is_a_problem_too(client, method, path, status, kind):
    answer = await client.request(method, path)

    assert answer.status_code == answer.json()["status"] == status
    assert answer.json()["type"] == kind
    assert answer.headers["content-type"] == "application/problem+json"


async def test_405_says_what_is_allowed(client):
    assert (await client.delete("/orders")).headers["allow"] == "POST"


async def test_invalid_input_is_named_by_pointer_and_not_echoed(client):
    answer = await client.post("/orders", json={"cups": "a password"})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/cups"
    assert "a password" not in answer.text


async def test_a_body_that_is_not_json_is_400(client):
    answer = await client.post("/orders", content="{", headers={"content-type": "application/json"})

    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/bad-request")


async def test_an_unforeseen_error_is_500_and_keeps_its_secrets(client):
    answer = await client.get("/teas/broken")

    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert answer.json()["trace_id"]


async def test_the_labels_of_metrics_do_not_follow_the_input(client):
    for n in range(50):
        await client.get(f"/teas/{n}")
        await client.get(f"/nowhere/{n}")
        await client.request(f"X{n}", "/nowhere")

    metrics = (await client.get("/metrics")).text
    series = [
        line for line in metrics.splitlines() if line.startswith("http_request_seconds_count")
    ]

    assert len(series) <= 3
    assert 'route="/teas/{name}"' in metrics


async def test_liveness_names_the_code_and_asks_nobody(client):
    async def never():
        await asyncio.Event().wait()

    client.service.health.checks.append(Check("hangs", never))

    answer = await client.get("/livez")

    assert answer.json() == {
        "status": "pass",
        "instance": "demo-a",
        "code": client.service.health.code,
    }
    assert len(answer.json()["code"]) == 12


async def fails():
    raise ConnectionRefusedError


async def passes():
    return None


@pytest.mark.parametrize(
    ("checks", "status", "word"),
    [
        ([], 200, "pass"),
        ([Check("a", passes)], 200, "pass"),
        ([Check("a", passes), Check("b", fails, required=False)], 200, "warn"),
        ([Check("a", passes), Check("b", fails)], 503, "fail"),
    ],
)
async def test_readiness_depends_on_what_is_required(client, checks, status, word):
    client.service.health.checks += checks

    answer = await client.get("/readyz")

    assert (answer.status_code, answer.json()["status"]) == (status, word)


async def test_an_instance_that_joined_stays_when_a_shared_dependency_is_lost(client):
    well = True

    async def ask():
        if not well:
            raise ConnectionRefusedError

    client.service.health.checks.append(Check("postgres", ask))
    first = await client.get("/readyz")
    well = False
    client.service.health._asked_at_s = float("-inf")  # as after RECHECK_AFTER_S

    later = await client.get("/readyz")

    assert (first.status_code, later.status_code) == (200, 200)
    assert (first.json()["status"], later.json()["status"]) == ("pass", "warn")


async def test_probes_of_an_instance_that_joined_do_not_ask_each_time(client):
    asked = []

    async def ask():
        asked.append(1)

    client.service.health.checks.append(Check("postgres", ask))
    for _ in range(20):
        await client.get("/readyz")

    assert len(asked) == 1


async def test_a_draining_instance_is_alive_not_ready_and_closes_connections(client):
    client.service.health.draining = True

    assert (await client.get("/livez")).status_code == 200
    assert (await client.get("/readyz")).status_code == 503
    assert (await client.get("/teas/green")).headers["connection"] == "close"


async def test_a_sampled_caller_is_followed_through_our_spans(traced, spans):
    async with traced(ratio=0) as client:
        answer = await client.post("/orders", json={"cups": 1}, headers={"traceparent": SAMPLED})

    inner, outer = spans.get_finished_spans()
    assert (inner.name, outer.name) == ("brew", "POST /orders")
    assert dict(inner.attributes) == {"cups.count": 1}
    assert {f"{s.context.trace_id:032x}" for s in (inner, outer)} == {TRACE}
    assert f"{outer.parent.span_id:016x}" == "b7ad6b7169203331"
    assert inner.parent.span_id == outer.context.span_id
    assert answer.json()["traceparent"] == f"00-{TRACE}-{outer.context.span_id:016x}-01"
    assert outer.attributes["http.response.status_code"] == 200


async def test_an_unsampled_caller_is_not_sampled_anew_but_passed_on(traced, spans):
    async with traced(ratio=1) as client:
        answer = await client.post("/orders", json={"cups": 1}, headers={"traceparent": UNSAMPLED})

    assert spans.get_finished_spans() == ()
    assert answer.json()["traceparent"] == UNSAMPLED


@pytest.mark.parametrize(("ratio", "recorded"), [(0, 0), (1, 2)])
async def test_without_a_caller_the_ratio_decides(traced, spans, ratio, recorded):
    async with traced(ratio=ratio) as client:
        answer = await client.post("/orders", json={"cups": 1}, headers={"traceparent": "nonsense"})

    assert len(spans.get_finished_spans()) == recorded
    flags = int(answer.json()["traceparent"].rpartition("-")[2], 16)
    assert flags & 1 == (recorded > 0)


async def test_a_log_line_carries_the_trace(client, capsys):
    from services.kit import logs  # noqa: PLC0415

    logs.configure("demo", client.service.settings)
    await client.post("/orders", json={"cups": 1}, headers={"traceparent": UNSAMPLED})

    line = json.loads(capsys.readouterr().out.splitlines()[-1])

    assert (line["trace_id"], line["instance"]) == (TRACE, "demo-a")
    assert (line["route"], line["status"], line["message"]) == ("/orders", 200, "request")


def test_allow_names_every_method_of_a_path_and_no_other_paths():
    app = FastAPI()
    app.get("/orders/{number}")(lambda number: number)
    app.delete("/orders/{number}")(lambda number: number)
    app.put("/orders/{number}/lines")(lambda number: number)

    assert allowed_at(app, "/orders/7") == "GET, DELETE"
    assert allowed_at(app, "/orders/7/lines") == "PUT"
    assert allowed_at(app, "/nothing") == ""
