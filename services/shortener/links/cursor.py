"""Cursors: where a page ended, in a form that clients pass back and do not read."""

import base64
import binascii

from services.shortener.problems import BadCursor

_FIRST = 2**63 - 1  # above every id: the newest links come first


def encode(last_id: int) -> str:
    """The cursor behind the link with this id."""
    return base64.urlsafe_b64encode(f"1:{last_id}".encode()).decode().rstrip("=")


def decode(cursor: str | None) -> int:
    """The id below which the page starts.

    Raises:
        BadCursor: It did not come from us.
    """
    if cursor is None:
        return _FIRST
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        version, _, digits = base64.b64decode(padded, b"-_", validate=True).decode().partition(":")
        last_id = int(digits)
    except (binascii.Error, ValueError) as error:
        raise BadCursor from error
    if version != "1" or encode(last_id) != cursor or not 0 < last_id <= _FIRST:
        raise BadCursor
    return last_id
