"""The parts of one shortener, put together in one place and opened in one order."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from services.kit.health import Check
from services.kit.postgres import Database
from services.kit.service import Service
from services.shortener.settings import ShortenerSettings


@dataclass(frozen=True, slots=True)
class Parts:
    """What the routes are built on. Nothing here is connected until `opened`."""

    settings: ShortenerSettings
    service: Service
    database: Database


def build(settings: ShortenerSettings, service: Service) -> Parts:
    """Choose each part. A part that another deployment does without is left out here."""
    database = Database(
        settings.postgres_dsn.get_secret_value(),
        settings.instance,
        service.registry,
        settings.pool_limits,
    )
    service.health.checks.append(Check("postgres", database.ping))
    return Parts(settings=settings, service=service, database=database)


@asynccontextmanager
async def opened(parts: Parts) -> AsyncIterator[None]:
    """Open what has connections; close it in the other order."""
    await parts.database.open()
    try:
        yield
    finally:
        await parts.database.close()
