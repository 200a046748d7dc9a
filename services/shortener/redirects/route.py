"""`GET /{code}`, answered before the framework's routing: nine of ten requests are this one.

Why beside FastAPI: its middleware, routing and response objects cost several times what the
redirect itself costs (docs/performance.md). A visit that is being traced passes through the same
`Observed` as every other request (span, log line, metrics); one that is not, only counts.
HOT_ROUTE=off takes this module out: `router.py` answers the same path from the same `Visits`.
"""

import time
from dataclasses import dataclass

from starlette.types import ASGIApp, Receive, Scope, Send

from services.kit import logs
from services.kit.http import RECORD, Observed, traceparent_of
from services.kit.metrics import HttpMetrics
from services.kit.problems import InternalError
from services.kit.service import Service
from services.shortener.links.codes import is_reserved, lookup_keys
from services.shortener.redirects.answer import Answer, of_problem
from services.shortener.redirects.visits import Visits

log = logs.get(__name__)
ROUTE = "/{code}"
READS = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True)
class _Route:
    """What `Observed` asks a scope's route for."""

    path: str = ROUTE


class HotRoute:
    """Wraps the whole app; everything that is not a visit passes."""

    def __init__(self, app: ASGIApp, visits: Visits, service: Service) -> None:
        self._app = app
        self._visits = visits
        self._telemetry = service.telemetry
        self._health = service.health
        self._seconds = _Seconds(service.http_metrics)
        self._observed = Observed(
            self._answer, service.telemetry, service.http_metrics, service.health
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a visit, or let the app do it."""
        if scope["type"] != "http" or scope["method"] not in READS:
            await self._app(scope, receive, send)
            return
        began_s = time.perf_counter()
        recorded = self._telemetry.decides_to_record(traceparent_of(scope))
        method, code = scope["method"], scope["path"][1:]
        if not recorded and not self._health.draining:
            answer = self._visits.nearby(code, counted=method == "GET")
            if answer is None and is_code(code):
                answer = await self._visit(code, counted=method == "GET")
            if answer is not None:
                await send_answer(send, answer, with_body=method == "GET")
                self._seconds.observe(method, answer.status, time.perf_counter() - began_s)
                return
        scope[RECORD] = recorded  # decided once: nobody behind us may throw the dice again
        await (self._observed if is_code(code) else self._app)(scope, receive, send)

    async def _visit(self, code: str, *, counted: bool) -> Answer:
        try:
            return await self._visits.visit(code, counted=counted)
        except Exception:
            log.exception("unforeseen error", path=ROUTE)
            return of_problem(InternalError("The log has it."))

    async def _answer(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """The visit as an app of its own, for `Observed` to stand around."""
        scope["route"] = _Route()
        is_get = scope["method"] == "GET"
        answer = await self._visits.visit(scope["path"][1:], counted=is_get)
        await send_answer(send, answer, with_body=is_get)


def is_code(text: str) -> bool:
    """Whether this path segment can be a link's code at all."""
    return bool(lookup_keys(text)) and not is_reserved(text)


async def send_answer(send: Send, answer: Answer, *, with_body: bool) -> None:
    """Two ASGI messages. HEAD has the headers of GET and no body."""
    start = {"type": "http.response.start", "status": answer.status, "headers": answer.headers}
    await send(start)
    await send({"type": "http.response.body", "body": answer.body if with_body else b""})


class _Seconds:
    """The kit's request histogram, with the children of this one route looked up once."""

    def __init__(self, metrics: HttpMetrics) -> None:
        self._children = {
            (method, status): metrics.seconds.labels(method, ROUTE, str(status))
            for method in READS
            for status in (302, 404, 410, 500, 503)
        }

    def observe(self, method: str, status: int, seconds: float) -> None:
        self._children[method, status].observe(seconds)
