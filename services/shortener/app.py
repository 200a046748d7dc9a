"""The shortener's app: parts, routes, and the redirect in front of them."""

from fastapi import FastAPI
from opentelemetry.sdk.trace.export import SpanExporter

from services.kit.service import Service, new_service
from services.shortener import parts as shortener_parts
from services.shortener.settings import ShortenerSettings


def create_service(settings: ShortenerSettings, exporter: SpanExporter | None = None) -> Service:
    """The process's shared parts under the shortener's name."""
    return new_service("shortener", settings, exporter)


def create_app(settings: ShortenerSettings, service: Service | None = None) -> FastAPI:
    """Build the app. Nothing is connected until it starts."""
    service = service or create_service(settings)
    parts = shortener_parts.build(settings, service)
    return service.app(
        lambda: shortener_parts.opened(parts), title="Short Circuit: the shortener", docs=True
    )
