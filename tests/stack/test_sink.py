"""The sink over ASGI: what an exporter and `lab trace` see."""

import contextlib
import gzip
import json
from pathlib import Path

import httpx2
import pytest
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from stack.sink.app import Limits, create_app

PROTOBUF = {"Content-Type": "application/x-protobuf"}
TINY = Limits(body_bytes=4096, unpacked_bytes=8192, spans_per_run=3, spans_in_ring=4)


def export_of(*spans, service="shortener", instance="shortener-a"):
    """An export request; a span is (trace number, span number, parent number, name, ms)."""
    request = ExportTraceServiceRequest()
    of_resource = request.resource_spans.add()
    for key, value in {"service.name": service, "service.instance.id": instance}.items():
        of_resource.resource.attributes.add(key=key).value.string_value = value
    of_scope = of_resource.scope_spans.add()
    for trace, span, parent, name, took_ms in spans:
        started_ns = 1_700_000_000_000_000_000
        of_scope.spans.add(
            trace_id=trace.to_bytes(16, "big"),
            span_id=span.to_bytes(8, "big"),
            parent_span_id=parent.to_bytes(8, "big") if parent else b"",
            name=name,
            kind=2,
            start_time_unix_nano=started_ns,
            end_time_unix_nano=started_ns + took_ms * 1_000_000,
        )
    return request


@contextlib.asynccontextmanager
async def client_of(app, token="send"):
    headers = {"Authorization": f"Bearer {token}"}
    transport = httpx2.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=transport, base_url="http://sink", headers=headers) as client,
    ):
        yield client


@pytest.fixture
async def sink():
    async with client_of(create_app("send", limits=TINY)) as client:
        yield client


async def send(sink, *spans, **resource):
    body = export_of(*spans, **resource).SerializeToString()
    return await sink.post("/v1/traces", content=body, headers=PROTOBUF)


def partial_success(answer):
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/x-protobuf"
    return ExportTraceServiceResponse.FromString(answer.content).partial_success


async def test_a_span_becomes_one_flat_line_in_the_runs_folder(sink, tmp_path: Path):
    await sink.put("/run", json={"id": "r1", "dir": str(tmp_path)})

    await send(sink, (1, 2, 9, "GET /{code}", 25))

    line = json.loads((tmp_path / "spans.jsonl").read_text())
    assert line == {
        "trace_id": "0" * 31 + "1",
        "span_id": "0" * 15 + "2",
        "parent_id": "0" * 15 + "9",
        "service": "shortener",
        "instance": "shortener-a",
        "name": "GET /{code}",
        "kind": "server",
        "start_s": 1_700_000_000.0,
        "end_s": 1_700_000_000.025,
        "status": "unset",
        "attributes": {},
    }


async def test_a_gzip_body_is_read_like_a_plain_one(sink):
    body = gzip.compress(export_of((1, 1, 0, "GET /{code}", 5)).SerializeToString())

    answer = await sink.post(
        "/v1/traces", content=body, headers=PROTOBUF | {"Content-Encoding": "gzip"}
    )

    assert partial_success(answer).rejected_spans == 0
    assert (await sink.get("/health")).json()["received"] == 1


async def test_without_the_token_nothing_is_taken_and_the_challenge_says_how(sink):
    body = export_of((1, 1, 0, "x", 1)).SerializeToString()
    headers = PROTOBUF | {"Authorization": "Bearer wrong"}

    answer = await sink.post("/v1/traces", content=body, headers=headers)

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert Status.FromString(answer.content).message
    health = (await sink.get("/health", headers={"Authorization": ""})).json()
    assert (health["received"], health["refused"]) == (0, {"401": 1})


async def test_the_token_that_sends_may_not_choose_where_a_run_is_written(tmp_path: Path):
    app = create_app("send", "control")
    async with client_of(app, "send") as service, client_of(app, "control") as engine:
        asked = {"id": "r1", "dir": str(tmp_path)}

        assert (await service.put("/run", json=asked)).status_code == 401
        assert (await service.get("/traces")).status_code == 401
        assert (await engine.put("/run", json=asked)).status_code == 200


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"\xff\xff\xff", PROTOBUF, 400),
        (b"not gzip", PROTOBUF | {"Content-Encoding": "gzip"}, 400),
        (gzip.compress(b"cut short" * 50)[:-9], PROTOBUF | {"Content-Encoding": "gzip"}, 400),
        (b"{}", {"Content-Type": "application/json"}, 415),
        (b"", PROTOBUF | {"Content-Encoding": "br"}, 415),
        (b"x" * 5000, PROTOBUF, 413),
        (gzip.compress(b"x" * 100_000), PROTOBUF | {"Content-Encoding": "gzip"}, 413),
    ],
)
async def test_what_cannot_be_read_is_refused_for_good(sink, body, headers, status):
    answer = await sink.post("/v1/traces", content=body, headers=headers)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/x-protobuf"
    assert Status.FromString(answer.content).message


async def test_a_full_run_drops_the_rest_and_tells_the_exporter_how_many(sink, tmp_path: Path):
    await sink.put("/run", json={"id": "r1", "dir": str(tmp_path)})

    answer = await send(sink, *((1, n, 0, "x", 1) for n in range(1, 6)))

    assert partial_success(answer).rejected_spans == 2
    assert len((tmp_path / "spans.jsonl").read_text().splitlines()) == 3
    assert (await sink.get("/run")).json()["dropped"] == 2
    assert (await sink.get("/health")).json()["dropped"] == 2


async def test_a_span_without_a_valid_id_is_rejected_and_the_others_are_kept(sink):
    request = export_of((1, 1, 0, "x", 1), (2, 2, 0, "y", 1))
    request.resource_spans[0].scope_spans[0].spans[0].trace_id = b"short"

    answer = await sink.post("/v1/traces", content=request.SerializeToString(), headers=PROTOBUF)

    assert partial_success(answer).rejected_spans == 1
    assert (await sink.get("/health")).json()["received"] == 1


async def test_the_ring_forgets_the_oldest_trace_as_a_whole(sink):
    await send(sink, (1, 1, 0, "old", 1), (1, 2, 1, "old child", 1))
    await send(sink, *((2, n, 0, "new", 1) for n in range(3, 6)))

    assert (await sink.get(f"/traces/{1:032x}")).status_code == 404
    assert len((await sink.get(f"/traces/{2:032x}")).json()["spans"]) == 3
    assert (await sink.get("/health")).json()["in_memory"] == 3


async def test_the_slowest_come_first_and_a_route_narrows_them(sink):
    await send(sink, (1, 1, 77, "GET /{code}", 10), (2, 2, 77, "GET /{code}", 900))
    await send(sink, (3, 3, 77, "POST /api/v1/links", 400))

    everything = (await sink.get("/traces", params={"slowest": 2})).json()["traces"]
    redirects = (await sink.get("/traces", params={"route": "{code}"})).json()["traces"]

    assert [trace["took_ms"] for trace in everything] == [900, 400]
    assert [trace["took_ms"] for trace in redirects] == [900, 10]


async def test_the_slowest_come_with_all_their_spans_when_asked(sink):
    await send(sink, (1, 1, 77, "GET /{code}", 10), (1, 2, 1, "redis GET", 2))

    [trace] = (await sink.get("/traces", params={"full": "true"})).json()["traces"]

    assert [span["name"] for span in trace["spans"]] == ["GET /{code}", "redis GET"]


async def test_a_new_run_takes_over_and_the_old_ones_counts_are_answered(sink, tmp_path: Path):
    (first := tmp_path / "1").mkdir()
    (second := tmp_path / "2").mkdir()
    await sink.put("/run", json={"id": "1", "dir": str(first)})
    await send(sink, (1, 1, 0, "x", 1))

    before = (await sink.put("/run", json={"id": "2", "dir": str(second)})).json()["before"]
    await send(sink, (2, 2, 0, "y", 1))
    ended = (await sink.delete("/run")).json()["before"]

    assert (before["id"], before["spans"]) == ("1", 1)
    assert (ended["id"], ended["spans"]) == ("2", 1)
    assert (await sink.get("/run")).status_code == 404


@pytest.mark.parametrize("asked", [b"", b"[]", b'{"id": "r1"}', b'{"id": "r1", "dir": 3}'])
async def test_a_run_that_makes_no_sense_is_a_problem_not_a_crash(sink, asked):
    answer = await sink.put("/run", content=asked)

    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_run_in_a_folder_that_is_not_there_leaves_the_old_run_alone(sink, tmp_path: Path):
    await sink.put("/run", json={"id": "r1", "dir": str(tmp_path)})

    answer = await sink.put("/run", json={"id": "r2", "dir": str(tmp_path / "missing")})

    assert answer.status_code == 422
    assert (await sink.get("/run")).json()["id"] == "r1"


async def test_a_full_disk_drops_spans_and_never_fails_the_exporter(sink, tmp_path: Path):
    (tmp_path / "spans.jsonl").symlink_to("/dev/full")
    await sink.put("/run", json={"id": "r1", "dir": str(tmp_path)})

    answer = await send(sink, (1, 1, 0, "x", 1))

    assert partial_success(answer).rejected_spans == 1
    assert "No space left" in (await sink.get("/run")).json()["trouble"]
