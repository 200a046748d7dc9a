"""A link to load, made through the API by an account that nobody will miss."""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import httpx2

from chaos.loopback import PLAIN
from stack.trouble import Trouble

TARGET = "https://example.com/spike"
_PATIENCE_S = 10.0
_ANSWERS_WITHIN_S = 5.0


@dataclass(frozen=True, slots=True)
class ThrowawayLink:
    """A link that lives as long as the load."""

    code: str
    url: str


@contextmanager
def throwaway_link(edge_url: str) -> Iterator[ThrowawayLink]:
    """Create a link for a new account; delete it again, whatever happens in between."""
    with httpx2.Client(base_url=edge_url, timeout=_ANSWERS_WITHIN_S, **PLAIN) as client:
        name = f"by-hand-{secrets.token_hex(6)}"
        who = {"email": f"{name}@example.com", "password": secrets.token_urlsafe(16)}
        _ask(client, "register", who)
        token = str(_ask(client, "login", who)["access_token"])
        client.headers["authorization"] = f"Bearer {token}"
        code = str(_ask_api(client, "/api/v1/links", {"url": TARGET})["code"])
        try:
            yield ThrowawayLink(code, TARGET)
        finally:
            # The system may be drowning in the load that has just ended: not worth an error.
            with suppress(httpx2.HTTPError):
                client.delete(f"/api/v1/links/{code}")


def _ask(client: httpx2.Client, verb: str, body: dict[str, str]) -> dict[str, object]:
    return _ask_api(client, f"/api/v1/auth/{verb}", body)


def _ask_api(client: httpx2.Client, path: str, body: dict[str, str]) -> dict[str, object]:
    """POST; a rate limit is waited out, within reason."""
    give_up_s = time.monotonic() + _PATIENCE_S
    while True:
        try:
            answer = client.post(path, json=body)
        except httpx2.HTTPError as failure:
            said = f"The edge does not answer ({type(failure).__name__})."
            raise Trouble(said, "./lab up") from failure
        if answer.is_success:
            return dict(answer.json())
        pause_s = float(answer.headers.get("retry-after", "1"))
        if answer.status_code not in (429, 503) or time.monotonic() + pause_s > give_up_s:
            said = f"No link could be made to load: POST {path} answered {answer.status_code}."
            raise Trouble(said, "./lab spike --code CODE")
        time.sleep(pause_s)
