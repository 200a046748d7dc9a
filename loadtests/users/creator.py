"""The creator: somebody who shortens a URL."""

import json
from dataclasses import dataclass
from typing import Any

from loadtests.users.script import JSON_BODY, Request, Script, Turn


def creation(turn: Turn, url: str, *, alias: str | None = None, key: str | None = None) -> Request:
    """Build the POST that creates a link, with an Idempotency-Key where one is wanted."""
    wanted: dict[str, Any] = {"url": url}
    if alias is not None:
        wanted["alias"] = alias
    headers = {**JSON_BODY, **turn.bearer()}
    if key is not None:
        headers["idempotency-key"] = key
    body = json.dumps(wanted).encode()
    return Request("create", "POST", "/api/v1/links", body=body, headers=headers, note=url)


@dataclass(frozen=True, slots=True, kw_only=True)
class Creator:
    """POSTs a link for an account. `{n}` (number of the arrival) and `{run}` may stand in texts.

    Without `{n}` in `alias` or `idempotency_key` all arrivals compete for the same one: that is
    how a race is asked for. An empty `idempotency_key` sends none.
    """

    url: str = "https://example.com/{run}/{n}"
    alias: str | None = None
    idempotency_key: str = "{run}-{n}"

    def script(self, turn: Turn) -> Script:
        """Ask once."""
        alias = None if self.alias is None else _fill(self.alias, turn)
        key = _fill(self.idempotency_key, turn) or None
        yield creation(turn, _fill(self.url, turn), alias=alias, key=key)


def _fill(text: str, turn: Turn) -> str:
    # Not str.format: a URL may well hold braces of its own.
    return text.replace("{n}", str(turn.n)).replace("{run}", turn.run)
