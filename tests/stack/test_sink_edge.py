"""The edge's log lines, read as spans and taken over UDP."""

import asyncio
import json
import socket

import httpx2
import pytest

from labs.engine import spans
from stack.sink import edge
from stack.sink.app import create_app
from stack.sink.span import summary

LINE = {
    "message": "request",
    "service": "edge",
    "trace_id": "ab" * 16,
    "span_id": "12" * 8,
    "parent_id": "34" * 8,
    "start_us": "1700000000250000",
    "end_us": "1700000000350000",
    "method": "GET",
    "path": "/launch",
    "status": 302,
    "server": "shortener-a",
    "queue_ms": 0,
    "connect_ms": 1,
    "answer_ms": 90,
    "tries": "0",
    "end": "--",
}


def read(**changed):
    return edge.read(json.dumps(LINE | changed).encode())


def test_a_line_becomes_a_span_with_the_edges_own_times():
    span = read()

    assert (span["service"], span["name"], span["status"]) == ("edge", "edge GET", "unset")
    assert span["end_s"] - span["start_s"] == pytest.approx(0.1)
    assert span["attributes"]["edge.answer_ms"] == 90
    assert spans.Span.of(span).took_ms == pytest.approx(100)


@pytest.mark.parametrize("wrong", [{"status": 503}, {"end": "sH"}, {"status": -1, "end": "CH"}])
def test_a_server_error_and_a_session_that_was_cut_are_failures(wrong):
    assert read(**wrong)["status"] == "error"


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"[1]",
        b"Server shorteners/shortener-a is DOWN",
        json.dumps(LINE | {"trace_id": "-"}).encode(),
        json.dumps(LINE | {"span_id": None}).encode(),
        json.dumps(LINE | {"start_us": "-"}).encode(),
        json.dumps({k: v for k, v in LINE.items() if k != "end"}).encode(),
    ],
)
def test_what_is_no_traced_request_is_no_span(line):
    assert edge.read(line) is None


def test_a_trace_is_named_by_the_service_behind_the_edge_and_timed_at_the_edge():
    behind = read() | {
        "span_id": "56" * 8,
        "parent_id": "12" * 8,
        "service": "shortener",
        "instance": "shortener-b",
        "name": "GET /{code}",
        "start_s": 1_700_000_000.26,
    }

    (trace,) = spans.traces(map(spans.Span.of, (behind, read())))
    told = summary([behind, read()])

    assert (trace.route, trace.instance, trace.root.service) == (
        "GET /{code}",
        "shortener-b",
        "edge",
    )
    assert trace.took_ms == pytest.approx(100)
    assert (told["name"], told["instance"]) == ("GET /{code}", "shortener-b")
    assert told["took_ms"] == pytest.approx(100)


async def test_lines_that_come_over_udp_are_in_the_trace():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    app = create_app("send", edge_port=port)
    transport = httpx2.ASGITransport(app)
    bearer = {"Authorization": "Bearer send"}
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=transport, base_url="http://sink", headers=bearer) as http,
    ):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as edges:
            edges.sendto(b"not a line", ("127.0.0.1", port))
            edges.sendto(json.dumps(LINE).encode(), ("127.0.0.1", port))
        async with asyncio.timeout(5):
            while (answer := await http.get(f"/traces/{LINE['trace_id']}")).status_code != 200:
                await asyncio.sleep(0.01)

    assert [span["name"] for span in answer.json()["spans"]] == ["edge GET"]


async def test_a_udp_port_that_is_taken_costs_the_edges_spans_and_nothing_else(caplog):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        app = create_app("send", edge_port=taken.getsockname()[1])
        async with app.router.lifespan_context(app):
            assert "no spans of the edge" in caplog.text
