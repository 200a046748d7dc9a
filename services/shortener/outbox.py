"""Events about links, written where the link is written: in its own transaction.

Either both are committed or neither is. Whoever sends them on (the relay) reads them from the
table; the trace goes with the row.
"""

import json
from enum import StrEnum

import asyncpg

from services.kit.telemetry import traceparent
from services.shortener.links.model import Link


class Event(StrEnum):
    """What happens to links."""

    CREATED = "link.created"
    CHANGED = "link.changed"
    DELETED = "link.deleted"


async def write(connection: asyncpg.Connection, event: Event, link: Link) -> None:
    """Add the event to the caller's transaction. The code is the key: its events keep order."""
    await connection.execute(
        "INSERT INTO outbox (key, type, payload, traceparent) VALUES ($1, $2, $3, $4)",
        link.code,
        event.value,
        json.dumps(_payload(link)),
        traceparent(),
    )


def _payload(link: Link) -> dict[str, str | int | None]:
    return {
        "link_id": link.id,
        "code": link.code,
        "owner_id": link.owner_id,
        "url": link.url,
        "version": link.version,
        "created_at": link.created_at.isoformat(),
        "expires_at": link.expires_at.isoformat() if link.expires_at else None,
    }
