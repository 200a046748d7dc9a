"""From a row of the outbox to a Kafka message. Pure."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

TOPIC = "link-events"


@dataclass(frozen=True, slots=True)
class Row:
    """One event as it stands in the outbox."""

    id: int
    event_id: UUID
    key: str
    type: str
    payload: str
    traceparent: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Message:
    """One event as it is sent."""

    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]]
    timestamp_ms: int


def to_message(row: Row, traceparent: str | None) -> Message:
    """The same row always gives the same id: that is how a consumer knows a repetition."""
    headers = [("event_id", str(row.event_id).encode()), ("type", row.type.encode())]
    if traceparent:
        headers.append(("traceparent", traceparent.encode()))
    return Message(
        key=row.key.encode(),
        value=row.payload.encode(),
        headers=headers,
        timestamp_ms=int(row.created_at.timestamp() * 1000),
    )
