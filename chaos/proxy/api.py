"""Toxiproxy's HTTP API, and `/stats` beyond it."""

import json
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from chaos.proxy import errors
from chaos.proxy.fault_proxy import FaultProxy, toxic_as_json
from chaos.proxy.probe import probe
from chaos.proxy.registry import Registry

# The API this speaks, and (after the plus) who speaks it.
VERSION = "2.12.0+shortcircuit"


def create_app(registry: Registry) -> ASGIApp:
    """Build the API over a registry."""
    api = _Api(registry)
    routes = [
        Route("/version", api.version, methods=["GET"]),
        Route("/reset", api.reset, methods=["POST"]),
        Route("/populate", api.populate, methods=["POST"]),
        Route("/stats", api.stats, methods=["GET"]),
        Route("/stats", api.clear_stats, methods=["DELETE"]),
        Route("/proxies", api.list, methods=["GET"]),
        Route("/proxies", api.create, methods=["POST"]),
        Route("/proxies/{proxy}", api.show, methods=["GET"]),
        Route("/proxies/{proxy}", api.update, methods=["POST", "PATCH"]),
        Route("/proxies/{proxy}", api.remove, methods=["DELETE"]),
        Route("/proxies/{proxy}/probe", api.probe, methods=["GET"]),
        Route("/proxies/{proxy}/toxics", api.toxics, methods=["GET"]),
        Route("/proxies/{proxy}/toxics", api.add_toxic, methods=["POST"]),
        Route("/proxies/{proxy}/toxics/{toxic}", api.show_toxic, methods=["GET"]),
        Route("/proxies/{proxy}/toxics/{toxic}", api.update_toxic, methods=["POST", "PATCH"]),
        Route("/proxies/{proxy}/toxics/{toxic}", api.remove_toxic, methods=["DELETE"]),
    ]
    return _NoBrowsers(Starlette(routes=routes, exception_handlers={errors.ApiError: _render}))


class _NoBrowsers:
    """A page on the web must not drive the proxy of the machine on which it is read."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = dict(scope["headers"])
            if b"origin" in headers or headers.get(b"user-agent", b"").startswith(b"Mozilla/"):
                await PlainTextResponse("User agent not allowed\n", 403)(scope, receive, send)
                return
        await self._app(scope, receive, send)


class _Api:
    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def _proxy(self, request: Request) -> FaultProxy:
        return self._registry.get(request.path_params["proxy"])

    async def version(self, _request: Request) -> Response:
        return JSONResponse({"version": VERSION})

    async def reset(self, _request: Request) -> Response:
        await self._registry.reset()
        return Response(status_code=204)

    async def populate(self, request: Request) -> Response:
        done: list[FaultProxy] = []
        status, answer = 201, {}
        try:
            wanted = await _body(request)
            if not isinstance(wanted, list):
                raise errors.bad_request_body("a list of proxies is needed")
            await self._registry.populate(wanted, done)
        except errors.ApiError as error:
            status, answer = error.status, error.as_json()
        return JSONResponse(answer | {"proxies": [p.as_json() for p in done]}, status)

    async def probe(self, request: Request) -> Response:
        asked = request.query_params.get("within_ms", "1000")
        if not asked.isdigit():
            raise errors.bad_request_body("within_ms must be a number of milliseconds")
        within_s = min(int(asked), 10_000) / 1000
        return JSONResponse(await probe(self._proxy(request).toxics(), within_s))

    async def stats(self, _request: Request) -> Response:
        seen = {proxy.name: proxy.stats_as_json() for proxy in self._registry.all()}
        return JSONResponse({"proxies": seen})

    async def clear_stats(self, _request: Request) -> Response:
        for proxy in self._registry.all():
            proxy.stats.clear()
        return Response(status_code=204)

    async def list(self, _request: Request) -> Response:
        return JSONResponse({proxy.name: proxy.as_json() for proxy in self._registry.all()})

    async def create(self, request: Request) -> Response:
        proxy = await self._registry.create(await _body(request))
        return JSONResponse(proxy.as_json(), 201)

    async def show(self, request: Request) -> Response:
        return JSONResponse(self._proxy(request).as_json())

    async def update(self, request: Request) -> Response:
        proxy = self._proxy(request)
        return JSONResponse(
            (await self._registry.update(proxy.name, await _body(request))).as_json()
        )

    async def remove(self, request: Request) -> Response:
        self._registry.remove(request.path_params["proxy"])
        return Response(status_code=204)

    async def toxics(self, request: Request) -> Response:
        return JSONResponse([toxic_as_json(toxic) for toxic in self._proxy(request).toxics()])

    async def add_toxic(self, request: Request) -> Response:
        proxy = self._proxy(request)
        return JSONResponse(toxic_as_json(proxy.add_toxic(await _object(request))))

    async def show_toxic(self, request: Request) -> Response:
        toxic = self._proxy(request).toxic(request.path_params["toxic"])
        return JSONResponse(toxic_as_json(toxic))

    async def update_toxic(self, request: Request) -> Response:
        proxy, wanted = self._proxy(request), await _object(request)
        return JSONResponse(toxic_as_json(proxy.update_toxic(request.path_params["toxic"], wanted)))

    async def remove_toxic(self, request: Request) -> Response:
        self._proxy(request).remove_toxic(request.path_params["toxic"])
        return Response(status_code=204)


async def _body(request: Request) -> Any:
    try:
        return json.loads(await request.body())
    except ValueError as error:
        raise errors.bad_request_body(error) from error


async def _object(request: Request) -> dict[str, Any]:
    body = await _body(request)
    if not isinstance(body, dict):
        raise errors.bad_request_body("a toxic is an object")
    return body


async def _render(_request: Request, error: Exception) -> Response:
    assert isinstance(error, errors.ApiError)
    return JSONResponse(error.as_json(), error.status)
