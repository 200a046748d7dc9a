"""One process of ours: its name, settings, metrics, traces and health, and the app around them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI
from opentelemetry.sdk.trace.export import SpanExporter
from prometheus_client import CollectorRegistry

from services.kit import health, logs, metrics, problems
from services.kit.code_hash import code_hash
from services.kit.http import Observed, add_problem_handlers
from services.kit.postgres import DatabaseUnavailable
from services.kit.settings import ServiceSettings
from services.kit.telemetry import Telemetry

log = logs.get(__name__)
CODE = Path(__file__).parents[1]  # the folder `services/` that this process runs


@dataclass(frozen=True, slots=True)
class Service:
    """What the parts of one process share. Nothing in it talks to anyone until the app starts."""

    name: str
    settings: ServiceSettings
    registry: CollectorRegistry
    http_metrics: metrics.HttpMetrics
    telemetry: Telemetry
    health: health.Health

    def app(
        self,
        lifespan: Callable[[], AbstractAsyncContextManager[None]],
        *,
        title: str,
        version: str = "1",
        docs: bool = False,
    ) -> FastAPI:
        """A FastAPI app with problems, spans, metrics and health; `lifespan` holds the rest."""
        app = FastAPI(
            title=title,
            version=version,
            lifespan=lambda _app: self._living(lifespan),
            openapi_url="/openapi.json" if docs else None,
        )
        add_problem_handlers(app)
        app.add_middleware(
            Observed,
            telemetry=self.telemetry,
            metrics=self.http_metrics,
            health=self.health,
            translate=unavailable,
        )
        app.include_router(health.routes(self.health, self.registry))
        return app

    @asynccontextmanager
    async def _living(
        self, lifespan: Callable[[], AbstractAsyncContextManager[None]]
    ) -> AsyncIterator[None]:
        """Around everything else: the lag is watched first, the last spans are sent last."""
        lag = asyncio.create_task(metrics.LoopLag(self.registry).watch(), name="loop lag")
        try:
            async with lifespan():
                yield
        finally:
            lag.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await lag
            await asyncio.to_thread(self.telemetry.shutdown)


def new_service(
    name: str, settings: ServiceSettings, exporter: SpanExporter | None = None
) -> Service:
    """Put the shared parts together. `exporter` is for tests that read spans."""
    registry = metrics.new_registry()
    return Service(
        name=name,
        settings=settings,
        registry=registry,
        http_metrics=metrics.HttpMetrics(registry),
        telemetry=Telemetry(name, settings, exporter),
        health=health.Health(settings.instance, code_hash(CODE)),
    )


def unavailable(error: Exception) -> problems.Problem | None:
    """The problem to show for an exception that no route caught, if it is one we know."""
    if isinstance(error, DatabaseUnavailable):
        log.warning("database unavailable", error=str(error))
        return problems.Unavailable("The database does not answer now.")
    return None
