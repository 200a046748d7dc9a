"""The partner's API: verdicts, a chat model, and the control room for whoever plays its owner."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from prometheus_client import Counter as Metric
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from services.kit.problems import InvalidRequest, Problem
from services.kit.service import Service, new_service
from services.partner import chat
from services.partner.behaviour import Control, is_unsafe
from services.partner.calls import Calls
from services.partner.counter import Counter
from services.partner.settings import PartnerSettings


class VerdictRequest(BaseModel):
    """What is asked."""

    url: str = Field(max_length=10_000)


class Bill:
    """What the model has cost so far."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.tokens = Metric("partner_tokens_total", "Tokens billed.", ["kind"], registry=registry)
        self.dollars = Metric("partner_dollars_total", "Dollars billed.", registry=registry)

    def add(self, usage: dict[str, int]) -> None:
        """Bill one answer."""
        self.tokens.labels("prompt").inc(usage["prompt_tokens"])
        self.tokens.labels("completion").inc(usage["completion_tokens"])
        self.dollars.inc(chat.dollars(usage))


@asynccontextmanager
async def _nothing_to_open() -> AsyncIterator[None]:
    yield


def create_app(settings: PartnerSettings, service: Service | None = None) -> FastAPI:
    """Build the app."""
    service = service or new_service("partner", settings)
    app = service.app(_nothing_to_open, title="The partner", docs=True)
    counter = Counter()
    _add_products(app, counter, Bill(service.registry))
    _add_control(app, counter)
    return app


def _add_products(app: FastAPI, counter: Counter, bill: Bill) -> None:
    @app.post("/v1/verdicts")
    async def verdict(asked: VerdictRequest, request: Request) -> dict[str, str]:
        async with _while_connected(request), counter.served(asked.url):
            host = urlsplit(asked.url).hostname
            if not host:
                raise InvalidRequest("`url` has no host.")
            return {"verdict": "unsafe" if is_unsafe(host) else "safe"}

    @app.post("/v1/chat/completions")
    async def completions(asked: chat.ChatRequest, request: Request) -> dict[str, Any]:
        async with _while_connected(request), counter.served(asked.messages[-1].content):
            answer = chat.complete(asked, counter.calls.calls, time.time())
            bill.add(answer["usage"])
            return answer


def _add_control(app: FastAPI, counter: Counter) -> None:
    @app.get("/control")
    async def control() -> Control:
        return counter.control

    @app.put("/control")
    async def set_control(wanted: Control) -> Control:
        counter.set_control(wanted)
        return counter.control

    @app.get("/calls")
    async def calls() -> dict[str, Any]:
        return counter.calls.report()

    @app.delete("/calls", status_code=204)
    async def forget() -> Response:
        # Calls in flight go on counting in the old object: they are not part of what comes now.
        counter.calls = Calls()
        return Response(status_code=204)


class ClientLeft(Problem):
    """Nobody waits for this answer any more."""

    type, title, status = "/problems/client-left", "The client has left", 499


@asynccontextmanager
async def _while_connected(request: Request) -> AsyncIterator[None]:
    """Give up a call whose client has left: it must not hold capacity, nor hang for an hour."""
    serving = asyncio.current_task()
    left = False

    async def watch() -> None:
        nonlocal left
        while (await request.receive())["type"] != "http.disconnect":
            pass
        left = True
        if serving is not None:
            serving.cancel()

    watcher = asyncio.create_task(watch(), name="client still there?")
    try:
        yield
    except asyncio.CancelledError:
        if left and serving is not None:
            serving.uncancel()
            raise ClientLeft from None
        raise
    finally:
        watcher.cancel()
