"""The shortener's app: its parts, and the API on them."""

from fastapi import FastAPI
from opentelemetry.sdk.trace.export import SpanExporter
from starlette.types import ASGIApp

from services.kit.service import Service, new_service
from services.shortener.api import add_api
from services.shortener.parts import Parts, build, opened
from services.shortener.redirects.route import HotRoute
from services.shortener.settings import ShortenerSettings


def create_service(settings: ShortenerSettings, exporter: SpanExporter | None = None) -> Service:
    """The process's shared parts under the shortener's name."""
    return new_service("shortener", settings, exporter)


def create_app(settings: ShortenerSettings, service: Service | None = None) -> FastAPI:
    """Build the app. Nothing is connected until it starts."""
    service = service or create_service(settings)
    parts = build(settings, service)
    app = service.app(lambda: opened(parts), title="Short Circuit: the shortener", docs=True)
    app.state.parts = parts
    add_api(app, parts)
    return app


def create_front(app: FastAPI) -> ASGIApp:
    """What the server calls: the hot route with the app behind it, or the app alone."""
    parts: Parts = app.state.parts
    if not parts.settings.hot_route:
        return app
    return HotRoute(app, parts.redirects.visits, parts.service)
