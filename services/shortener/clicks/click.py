"""One click, from the moment it is counted to the bytes that Kafka keeps."""

import json
import secrets
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Click:
    """A visitor was redirected.

    The number is given once, when the click is counted: whatever is sent twice later on carries
    the same id, so that a consumer can tell.
    """

    number: int
    code: str
    link_id: int
    at_s: float
    traceparent: str | None


class EventIds:
    """Ids for the clicks of one process: a random half, and the click's number.

    Cheaper than a random id for each click, and just as unique.
    """

    def __init__(self) -> None:
        self._process = secrets.randbits(64)

    def of(self, number: int) -> uuid.UUID:
        """The id of this process's n-th click (UUID version 8: a layout of our own)."""
        raw = (self._process << 64) | number
        raw = (raw & ~(0xF << 76)) | (0x8 << 76)  # version
        return uuid.UUID(int=(raw & ~(0x3 << 62)) | (0x2 << 62))  # variant


def encoded(click: Click, event_id: uuid.UUID) -> bytes:
    """The message's value."""
    at = datetime.fromtimestamp(click.at_s, UTC).isoformat(timespec="milliseconds")
    event = {
        "event_id": str(event_id),
        "type": "link.clicked",
        "code": click.code,
        "link_id": click.link_id,
        "clicked_at": at,
    }
    return json.dumps(event, separators=(",", ":")).encode()
