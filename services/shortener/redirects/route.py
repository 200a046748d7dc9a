"""`GET /{code}`, answered before the framework's routing: nine of ten requests are this one.

Why beside FastAPI: its middleware, routing and response objects cost several times what the
redirect itself costs (docs/performance.md). Only a request that is being traced goes the long way,
because that is where spans and log lines are made. HOT_ROUTE=off takes this module out: `router.py`
answers the same path from the same `Visits`.
"""

import time

from starlette.types import ASGIApp, Receive, Scope, Send

from services.kit.http import RECORD, traceparent_of
from services.kit.metrics import HttpMetrics
from services.kit.service import Service
from services.shortener.links.codes import is_reserved, lookup_keys
from services.shortener.redirects.answer import Answer
from services.shortener.redirects.visits import Visits

ROUTE = "/{code}"
READS = frozenset({"GET", "HEAD"})


class HotRoute:
    """Wraps the whole app; everything that is not a plain visit passes."""

    def __init__(self, app: ASGIApp, visits: Visits, service: Service) -> None:
        self._app = app
        self._visits = visits
        self._telemetry = service.telemetry
        self._health = service.health
        self._seconds = _Seconds(service.http_metrics)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a visit, or let the app do it."""
        if scope["type"] != "http" or scope["method"] not in READS or self._health.draining:
            await self._app(scope, receive, send)
            return
        began_s = time.perf_counter()
        if self._telemetry.decides_to_record(traceparent_of(scope)):
            scope[RECORD] = True  # decided once: the app must not throw the dice again
            await self._app(scope, receive, send)
            return
        method, code = scope["method"], scope["path"][1:]
        answer = self._visits.nearby(code, counted=method == "GET")
        if answer is None:
            if is_reserved(code) or not lookup_keys(code):
                await self._app(scope, receive, send)
                return
            answer = await self._visits.visit(code, counted=method == "GET")
        await send_answer(send, answer, with_body=method == "GET")
        self._seconds.observe(method, answer.status, time.perf_counter() - began_s)


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
            for status in (302, 404, 410, 503)
        }

    def observe(self, method: str, status: int, seconds: float) -> None:
        self._children[method, status].observe(seconds)
