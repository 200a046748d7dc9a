"""Reading messages. Pure: bytes in, a click or an event or the reason why not out.

Thousands a second pass here, so what is made for each is cheap: tuples with names, and asyncpg's
UUID, which is Python's own in C (read in a sixth of the time).
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from asyncpg.pgproto.pgproto import UUID

CLICKS, LINK_EVENTS = "clicks", "link-events"
LARGEST_ID = 2**63 - 1
LONGEST_CODE = 64


class Poison(ValueError):  # noqa: N818 - the field's word
    """A message that no repetition will make readable. The text is the reason."""


class Received(NamedTuple):
    """A message as Kafka gave it to us."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]] = ()

    def header(self, name: str) -> str | None:
        """The first header of that name."""
        for key, value in self.headers:
            if key == name:
                return value.decode("latin-1")
        return None


class Click(NamedTuple):
    """A visitor was redirected, in this hour."""

    event_id: UUID
    link_id: int
    code: str
    hour: datetime


class LinkEvent(NamedTuple):
    """Something happened to a link."""

    event_id: UUID
    type: str


def read(message: Received) -> Click | LinkEvent:
    """The message's content; Poison if it has none."""
    return _click(message) if message.topic == CLICKS else _link_event(message)


def _click(message: Received) -> Click:
    fields = _object(message.value)
    link_id, code = fields.get("link_id"), fields.get("code")
    if type(link_id) is not int or not 0 < link_id <= LARGEST_ID:
        raise Poison("link_id is not an id")
    if not isinstance(code, str) or not 0 < len(code) <= LONGEST_CODE or "\0" in code:
        raise Poison("code is not a code")
    return Click(_uuid(fields.get("event_id")), link_id, code, _hour(fields.get("clicked_at")))


def _link_event(message: Received) -> LinkEvent:
    _object(message.value)
    kind = message.header("type")
    if not kind:
        raise Poison("there is no type")
    return LinkEvent(_uuid(message.header("event_id")), kind)


def _object(value: bytes | None) -> dict[str, object]:
    try:
        fields = json.loads((value or b"").decode())
    except (ValueError, RecursionError) as error:
        raise Poison("not JSON") from error
    if not isinstance(fields, dict):
        raise Poison("not a JSON object")
    return fields


def _uuid(text: object) -> UUID:
    try:
        return UUID(text if isinstance(text, str) else "")
    except ValueError as error:
        raise Poison("event_id is not a UUID") from error


def _hour(text: object) -> datetime:
    try:
        at = datetime.fromisoformat(text if isinstance(text, str) else "")
        if at.tzinfo is None:
            raise Poison("clicked_at has no time zone")
        at = at.astimezone(UTC)
        return datetime(at.year, at.month, at.day, at.hour, tzinfo=UTC)  # faster than `replace`
    except (ValueError, OverflowError) as error:
        if isinstance(error, Poison):
            raise
        raise Poison("clicked_at is not a time") from error
