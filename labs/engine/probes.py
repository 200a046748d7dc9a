"""The questions behind the guards, asked before, during and after the load.

They go to the edge and straight to every instance. What they find are events; `guards.py` judges.
"""

from __future__ import annotations

import secrets
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import httpx2

from chaos.loopback import PLAIN

INSTANCES = ("shortener-a", "shortener-b")
SEEN_WITHIN_S = 3.0
ASK_WITHIN_S = 5.0
_PASSWORD = "a guard needs a password too"  # noqa: S105 - of an account that lives for one run
Address = Callable[[str], str]


@dataclass
class Found:
    """What was asked and what was broken, by guard."""

    asked: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    broken: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def note(self, guard: str, holds: bool, seen: str) -> bool:
        """Note one answer and return whether it was as it should be."""
        self.asked[guard] += 1
        if not holds:
            self.broken[guard].append(seen)
        return holds


class Refused(Exception):  # noqa: N818 - it is an answer
    """The service did not do what every service here does before any load."""


class Probes:
    """A visitor with an account who checks that the contract still holds."""

    def __init__(self, address: Address, transport: httpx2.BaseTransport | None = None) -> None:
        self._address = address
        self._client = httpx2.Client(
            timeout=ASK_WITHIN_S, follow_redirects=False, transport=transport, **PLAIN
        )
        self.email = f"guard-{secrets.token_hex(4)}@shortcircuit.example"
        self._token = ""
        self._made: dict[str, str] = {}
        self.found = Found()

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def prepare(self) -> None:
        """Reach the steady state: an account, a login, a link that resolves; Refused when not."""
        who = {"email": self.email, "password": _PASSWORD}
        self._insist("register", self._ask("POST", "/api/v1/auth/register", json=who))
        answer = self._insist("login", self._ask("POST", "/api/v1/auth/login", json=who))
        self._token = str(_told(answer).get("access_token", ""))
        if not self._token:
            raise Refused("login answered 200 without a token, before any load")
        code = self.create()
        if code is None:
            raise Refused("a link cannot be created, before any load")
        self._insist("redirect", self._ask("GET", f"/{code}"))

    def create(self) -> str | None:
        """Create one link through the edge; whatever is answered with 201 must resolve later."""
        url = f"https://example.com/guard/{secrets.token_hex(6)}"
        answer = self._ask("POST", "/api/v1/links", json={"url": url}, token=self._token)
        if answer is None or answer.status_code != 201:
            return None
        code = str(_told(answer).get("code", ""))
        self._made[code] = url
        return code

    def finish(self, seeded: str = "") -> Found:
        """Ask everything, when faults are lifted and the load is over.

        `seeded`: a link of the experiment that was made ours; who wrote down where it leads errs.
        """
        # The edge looks now and then: an instance that just came back may not be known to it yet.
        self._wait(partial(self._answers, "/readyz", "edge", 200))
        for check in (self._links, self._edits, self._refusals, self._unknown, self._health):
            check()
        if seeded:
            self._change(seeded)
        return self.found

    def _links(self) -> None:
        last = self.create()
        self.found.note("links", last is not None, "POST /api/v1/links after the load failed")
        # A create under load may still be on its way, in a thread of its own: look at a copy.
        for code, url in list(self._made.items()):
            for name in INSTANCES:
                answer = self._ask("GET", f"/{code}", to=name)
                status = _status(answer)
                leads = 300 <= status < 400
                self.found.note("links", leads, f"GET /{code} at {name} answered {status}")
                where = answer.headers.get("location", "") if answer is not None else ""
                if leads:
                    self.found.note(
                        "location", where == url, f"/{code} led to {where or 'nowhere'}"
                    )

    def _edits(self) -> None:
        code = self.create()
        if code is None:
            self.found.note("edit", False, "there was no link to edit")
            return
        path, edited = f"/api/v1/links/{code}", self._change(code)
        match = {"If-Match": edited.headers.get("etag", "*") if edited is not None else "*"}
        deleted = self._ask("DELETE", path, token=self._token, headers=match)
        self.found.note("edit", _status(deleted) == 204, f"DELETE answered {_status(deleted)}")
        for name in INSTANCES:
            gone = self._wait(partial(self._answers, f"/{code}", name, 404, 410))
            self.found.note("edit", gone, f"{name} still serves a deleted link")

    def _change(self, code: str) -> httpx2.Response | None:
        """Edit a link that both instances have just served, and look whether both know."""
        path, url = f"/api/v1/links/{code}", f"https://example.com/guard/{secrets.token_hex(6)}"
        read = self._ask("GET", path, token=self._token)
        match = {"If-Match": read.headers.get("etag", "*") if read is not None else "*"}
        for name in INSTANCES:  # so that it may stand in a cache
            self._ask("GET", f"/{code}", to=name)
        edited = self._ask("PATCH", path, token=self._token, json={"url": url}, headers=match)
        status = _status(edited)
        self.found.note("edit", status == 200, f"PATCH of /{code} answered {status}")
        for name in INSTANCES:
            seen = self._wait(partial(self._leads_to, code, name, url))
            self.found.note("edit", seen, f"{name} still leads /{code} to its old page")
        return edited

    def _refusals(self) -> None:
        wrong = self._token[:-6] + ("aaaaaa" if self._token[-6:] != "aaaaaa" else "bbbbbb")
        for token, what in (("", "no token"), (wrong, "a forged token"), ("x.y.z", "nonsense")):
            for method, body in (("GET", None), ("POST", {"url": "https://example.com/"})):
                answer = self._ask(method, "/api/v1/links", token=token, json=body)
                refused = _status(answer) == 401
                seen = f"{method} /api/v1/links with {what} answered {_status(answer)}"
                self.found.note("auth", refused, seen)

    def _unknown(self) -> None:
        for name in INSTANCES:
            code = f"Q{secrets.token_hex(3)}"
            status = _status(self._ask("GET", f"/{code}", to=name))
            self.found.note("unknown", status == 404, f"GET /{code} at {name} answered {status}")

    def _health(self) -> None:
        for name in INSTANCES:
            for path in ("/livez", "/readyz"):
                up = self._wait(partial(self._answers, path, name, 200))
                self.found.note("health", up, f"{path} of {name} did not answer 200")

    def codes(self) -> Iterator[tuple[str, str]]:
        """Yield what each instance says it runs; an instance that does not answer is left out."""
        for name in INSTANCES:
            answer = self._ask("GET", "/livez", to=name)
            if _status(answer) == 200 and answer is not None:
                yield name, str(_told(answer).get("code", ""))

    def _leads_to(self, code: str, name: str, url: str) -> bool:
        answer = self._ask("GET", f"/{code}", to=name)
        return answer is not None and answer.headers.get("location") == url

    def _answers(self, path: str, name: str, *statuses: int) -> bool:
        return _status(self._ask("GET", path, to=name)) in statuses

    def _wait(self, seen: Callable[[], bool]) -> bool:
        deadline = time.monotonic() + SEEN_WITHIN_S
        while not seen():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        return True

    def _insist(self, what: str, answer: httpx2.Response | None) -> httpx2.Response:
        if answer is None or answer.status_code >= 400:
            raise Refused(f"{what} answered {_status(answer)}, before any load")
        return answer

    def _ask(
        self, method: str, path: str, *, to: str = "edge", token: str = "", **more: Any
    ) -> httpx2.Response | None:
        """Ask once; no answer is None, and never an exception."""
        headers = dict(more.pop("headers", {}))
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if more.get("json") is None:
            more.pop("json", None)
        try:
            return self._client.request(method, self._address(to) + path, headers=headers, **more)
        except httpx2.HTTPError:
            return None


def _status(answer: httpx2.Response | None) -> int:
    return 0 if answer is None else answer.status_code


def _told(answer: httpx2.Response) -> dict[str, Any]:
    """Return an answer's JSON object; empty where it is none."""
    try:
        told = answer.json()
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
