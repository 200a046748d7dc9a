"""The HTTP side that every service shares: problems, spans, metrics and a log line per request."""

import time
from collections.abc import Callable
from http import HTTPStatus

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from opentelemetry.trace import Span
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.kit import logs, problems
from services.kit.allowed import allowed_at
from services.kit.health import Health
from services.kit.metrics import HttpMetrics
from services.kit.telemetry import Telemetry, fail

log = logs.get(__name__)
RECORD = "shortcircuit.record"  # in the scope: whoever stands in front of us has decided already
QUIET = frozenset({"/livez", "/readyz", "/metrics"})  # asked every second: no span, no log line


def add_problem_handlers(app: FastAPI) -> None:
    """Every refusal leaves as a problem: ours, the framework's, and invalid input."""

    @app.exception_handler(problems.Problem)
    async def ours(_request: Request, problem: problems.Problem) -> Response:
        return problems.render(problem)

    @app.exception_handler(HTTPException)
    async def frameworks(request: Request, error: HTTPException) -> Response:
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            allowed = allowed_at(app, request.url.path)
            error.headers = dict(error.headers or {}) | ({"Allow": allowed} if allowed else {})
        return problems.render(problems.from_http_exception(error))

    @app.exception_handler(RequestValidationError)
    async def invalid(_request: Request, error: RequestValidationError) -> Response:
        return problems.render(problems.from_validation_error(error))


class Observed:
    """Wraps an app: one span, one measurement and one log line for each request.

    It stands outside the framework, so that what the framework itself refuses is seen too, and
    turns an exception that nobody caught into a problem. `translate` may know better.
    """

    def __init__(
        self,
        app: ASGIApp,
        telemetry: Telemetry,
        metrics: HttpMetrics,
        health: Health,
        translate: Callable[[Exception], problems.Problem | None] = lambda _: None,
    ) -> None:
        self.app = app
        self.telemetry = telemetry
        self.metrics = metrics
        self.health = health
        self.translate = translate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Observe HTTP requests; everything else passes."""
        if scope["type"] != "http" or scope["path"] in QUIET:
            await self.app(scope, receive, send)
            return
        method: str = scope["method"]
        began_s = time.perf_counter()
        answer = _Answer(send, closing=self.health.draining)
        self.metrics.in_flight.inc()
        try:
            with self.telemetry.entry_span(
                method, traceparent_of(scope), record=scope.get(RECORD)
            ) as span:
                await self._answered(scope, receive, answer)
                route = route_template(scope)
                _describe(span, method, route, answer.status)
                seconds = time.perf_counter() - began_s
                log.info(
                    "request",
                    method=method,
                    route=route,
                    status=answer.status,
                    ms=round(seconds * 1000, 2),
                )
        finally:
            self.metrics.in_flight.dec()
            self.metrics.answered(
                method, route_template(scope), answer.status, time.perf_counter() - began_s
            )

    async def _answered(self, scope: Scope, receive: Receive, answer: "_Answer") -> None:
        try:
            await self.app(scope, receive, answer)
        except Exception as error:
            problem = self.translate(error)
            if problem is None:
                log.exception("unforeseen error", path=scope["path"])
                problem = problems.InternalError("The log has it under this trace id.")
            if answer.status:  # half an answer is out: cutting the connection is all that is left
                raise
            await problems.render(problem)(scope, receive, answer)


class _Answer:
    """`send`, remembering the status; while draining it asks the peer to close the connection."""

    def __init__(self, send: Send, *, closing: bool) -> None:
        self.send = send
        self.closing = closing
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            if self.closing:
                message["headers"] = [*message.get("headers", ()), (b"connection", b"close")]
        await self.send(message)


def route_template(scope: Scope) -> str:
    """`/api/v1/links/{code}` rather than the path: a label that does not follow the input."""
    path = getattr(scope.get("route"), "path", None)
    return path if isinstance(path, str) else "unmatched"


def traceparent_of(scope: Scope) -> bytes | None:
    """The header as it came."""
    for name, value in scope["headers"]:
        if name == b"traceparent":
            return bytes(value)
    return None


def _describe(span: Span, method: str, route: str, status: int) -> None:
    if not span.is_recording():
        return
    span.update_name(f"{method} {route}")
    span.set_attributes(
        {
            "http.request.method": method,
            "http.route": route,
            "http.response.status_code": status,
        }
    )
    if status >= 500:
        fail(span, str(status))
