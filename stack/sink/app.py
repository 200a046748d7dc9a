"""The HTTP side of the sink: one Starlette application around a recorder and a ring."""

import contextlib
import hmac
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from stack.sink import answers, otlp
from stack.sink.datagrams import lines_of_the_edge
from stack.sink.recorder import Recorder
from stack.sink.ring import Ring, slowest
from stack.sink.span import encode

Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Limits:
    """What the sink takes before it drops, and says so."""

    body_bytes: int = 4 * 1024 * 1024
    unpacked_bytes: int = 16 * 1024 * 1024
    spans_per_run: int = 200_000
    spans_in_ring: int = 20_000


@dataclass
class Sink:
    """Everything that changes while the sink runs."""

    limits: Limits
    ring: Ring
    recorder: Recorder | None = None
    received: int = 0
    dropped: int = 0
    refused: dict[int, int] = field(default_factory=dict)

    def take(self, spans: list[dict[str, Any]]) -> int:
        """Keep a batch and return how many spans the run had no room for."""
        lines = [encode(span) for span in spans]
        lost = self.recorder.write(lines) if self.recorder else 0
        for span, line in zip(spans, lines, strict=True):
            self.ring.add(span["trace_id"], line)
        self.received += len(spans)
        self.dropped += lost
        return lost

    def record(self, recorder: Recorder | None) -> dict[str, Any] | None:
        """Change what is recorded and return the counts of what was recorded until now."""
        before, self.recorder = self.recorder, recorder
        if before is None:
            return None
        before.close()
        return before.counts()


def create_app(
    token: str,
    control_token: str | None = None,
    limits: Limits | None = None,
    *,
    edge_port: int | None = None,
) -> Starlette:
    """Build the sink; `token` may send spans, `control_token` (the same unless given) asks.

    The edge's lines come over UDP to `edge_port` on loopback. They have no token: whoever could
    forge one could as well send requests through the edge.
    """
    bounds = limits or Limits()
    sink = Sink(bounds, Ring(bounds.spans_in_ring))
    control = control_token or token

    def guarded(endpoint: Callable[[Sink, Request], Awaitable[Response]]) -> Endpoint:
        async def guard(request: Request) -> Response:
            if not _may(request, control):
                return answers.problem(401, "Send the token as `Authorization: Bearer ...`.")
            return await endpoint(sink, request)

        return guard

    async def export(request: Request) -> Response:
        answer = await _export(sink, request, token)
        if answer.status_code != 200:
            sink.refused[answer.status_code] = sink.refused.get(answer.status_code, 0) + 1
        return answer

    async def health(_: Request) -> Response:
        return JSONResponse(_health(sink))

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with lines_of_the_edge(edge_port, lambda span: sink.take([span])):
            yield
        sink.record(None)

    return Starlette(
        lifespan=lifespan,
        routes=[
            Route("/v1/traces", export, methods=["POST"]),
            Route("/health", health),
            Route("/run", guarded(_start_run), methods=["PUT"]),
            Route("/run", guarded(_end_run), methods=["DELETE"]),
            Route("/run", guarded(_which_run), methods=["GET"]),
            Route("/traces", guarded(_slowest)),
            Route("/traces/{trace_id}", guarded(_one_trace)),
        ],
    )


def _may(request: Request, token: str) -> bool:
    sent = request.headers.get("authorization", "").encode()
    return hmac.compare_digest(sent, f"Bearer {token}".encode())


async def _export(sink: Sink, request: Request, token: str) -> Response:
    if not _may(request, token):
        return answers.refused(401, "send the token as `Authorization: Bearer ...`")
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if media_type != answers.PROTOBUF or encoding not in {"identity", "gzip"}:
        return answers.refused(415, f"only {answers.PROTOBUF}, plain or gzip")
    try:
        body = await _body(request, sink.limits.body_bytes)
        batch = await run_in_threadpool(_read, body, encoding, sink.limits.unpacked_bytes)
    except otlp.TooLargeError as large:
        return answers.refused(413, str(large))
    except otlp.MalformedError as malformed:
        return answers.refused(400, str(malformed))
    lost = sink.take(batch.spans)
    why = "invalid ids" if batch.invalid else "the run keeps no more spans"
    return answers.accepted(lost + batch.invalid, why)


def _read(body: bytes, encoding: str, limit_bytes: int) -> otlp.Batch:
    return otlp.read(otlp.unpack(body, encoding, limit_bytes))


async def _body(request: Request, limit_bytes: int) -> bytes:
    """Read the body, and stop reading as soon as it is too long."""
    declared = request.headers.get("content-length", "0")
    if declared.isdigit() and int(declared) > limit_bytes:
        raise otlp.TooLargeError(f"the body is longer than {limit_bytes} bytes")
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit_bytes:
            raise otlp.TooLargeError(f"the body is longer than {limit_bytes} bytes")
        chunks.append(chunk)
    return b"".join(chunks)


async def _start_run(sink: Sink, request: Request) -> Response:
    try:
        asked = json.loads(await _body(request, 4096))
        run_id, folder = str(asked["id"]), Path(asked["dir"])
    except (ValueError, KeyError, TypeError):
        return answers.problem(400, 'Send {"id": "...", "dir": "/path/of/the/run"}.')
    try:
        recorder = Recorder(run_id, folder, sink.limits.spans_per_run)
    except OSError as failed:
        return answers.problem(422, f"{folder} cannot be written: {failed.strerror}")
    before = sink.record(recorder)
    return JSONResponse(recorder.counts() | {"before": before})


async def _end_run(sink: Sink, _: Request) -> Response:
    return JSONResponse({"before": sink.record(None)})


async def _which_run(sink: Sink, _: Request) -> Response:
    if sink.recorder is None:
        return answers.problem(404, "No run is being recorded.")
    return JSONResponse(sink.recorder.counts())


async def _slowest(sink: Sink, request: Request) -> Response:
    asked = request.query_params.get("slowest", "10")
    if not asked.isdecimal() or not 1 <= int(asked) <= 1000:
        return answers.problem(400, "`slowest` is a number from 1 to 1000.")
    route = request.query_params.get("route")
    traces = await run_in_threadpool(slowest, sink.ring.snapshot(), int(asked), route)
    if request.query_params.get("full") == "true":
        traces = [trace | {"spans": sink.ring.trace(trace["trace_id"])} for trace in traces]
    return JSONResponse({"traces": traces})


async def _one_trace(sink: Sink, request: Request) -> Response:
    trace_id = request.path_params["trace_id"]
    spans = sink.ring.trace(trace_id)
    if not spans:
        return answers.problem(404, "No such trace in memory; a run may have it in spans.jsonl.")
    return JSONResponse({"trace_id": trace_id, "spans": spans})


def _health(sink: Sink) -> dict[str, Any]:
    return {
        "status": "pass",
        "received": sink.received,
        "dropped": sink.dropped,
        "refused": {str(status): count for status, count in sink.refused.items()},
        "in_memory": sink.ring.spans,
        "run": sink.recorder.counts() if sink.recorder else None,
    }
