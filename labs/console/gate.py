"""Stands in front of every page, request and websocket: who may come in, and from where.

A console that can run commands must not be driven by a page on the web. Four questions, in order:

1. Is the Host one of ours? A name that was rebound to 127.0.0.1 still says its own name here.
2. Is the Origin our own? Browsers name it with each websocket and each change; a page from
   elsewhere cannot leave it out.
3. Does the browser itself say that another site asks (Sec-Fetch-Site)? Another port of 127.0.0.1
   is the same *site*, so SameSite alone does not keep it out.
4. Is the cookie there? The printed address carries a token, which becomes an HttpOnly cookie.

Theory: OWASP, "Cross-Site Request Forgery Prevention" and "DNS rebinding"; Fetch Metadata (W3C).
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SAFE = frozenset({"GET", "HEAD"})
FROM_HERE = frozenset({"", "none", "same-origin"})
POLICY_VIOLATION = 1008  # RFC 6455, 7.4.1

# Everything comes from us: a page that wanted a font or a script from elsewhere would not get it.
CONTENT_POLICY = (
    "default-src 'self'; "
    "script-src 'self' 'unsafe-inline' 'unsafe-eval'; "  # Vue compiles its templates
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
    "connect-src 'self'; frame-src 'self'; frame-ancestors 'self'; "
    "base-uri 'none'; form-action 'self'; object-src 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
}
# A redirect would still count as asked for by where the link was clicked, and a strict cookie
# would stay at home; a page of our own that moves on is ours. It also leaves no token in history.
_WELCOME = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Short Circuit</title>
<noscript>This page needs JavaScript. <a href="/">Go on</a></noscript>
<script>location.replace("/")</script></html>"""
_REFUSED = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="color-scheme" content="light dark"><title>Short Circuit</title>
<main style="font: 1.1rem/1.6 system-ui, sans-serif; max-width: 34rem; margin: 20vh auto">
<h1>Not this way in</h1><p>{why}</p>
<p>Open the address that <code>./lab console</code> prints, as it is printed.</p></main></html>"""


@dataclass(frozen=True)
class Pass:
    """What a browser must show at one port, made from one secret token."""

    token: str
    port: int

    @property
    def hosts(self) -> frozenset[str]:
        """Return the only names that this console answers to."""
        return frozenset({f"127.0.0.1:{self.port}", f"localhost:{self.port}"})

    @property
    def cookie_name(self) -> str:
        """Cookies are shared between ports, so that of another checkout needs another name."""
        return f"short-circuit-{self.port}"

    @property
    def cookie_value(self) -> str:
        """Not the token: other ports of 127.0.0.1 are sent cookies, too."""
        return hmac.new(self.token.encode(), b"console cookie", hashlib.sha256).hexdigest()

    @property
    def address(self) -> str:
        """Return what a person opens."""
        return f"http://127.0.0.1:{self.port}/?token={self.token}"


class Gate:
    """ASGI middleware; what it refuses never reaches the application."""

    def __init__(self, app: ASGIApp, shown: Pass) -> None:
        self.app = app
        self.shown = shown

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let through, let in, or refuse."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        why = _foreign_host(headers, self.shown)
        if not why and self._has_token(scope):
            await self._welcome()(scope, receive, send)
            return
        why = why or _foreign_origin(scope, headers, self.shown) or self._no_cookie(headers)
        if why:
            await _refuse(why, scope, receive, send)
            return
        await self.app(scope, receive, _with_headers(send) if scope["type"] == "http" else send)

    def _has_token(self, scope: Scope) -> bool:
        if scope["type"] != "http" or scope["path"] != "/" or scope["method"] not in SAFE:
            return False
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])
        return _same(given[0], self.shown.token)

    def _welcome(self) -> Response:
        response = HTMLResponse(_WELCOME, headers={**HEADERS, "Cache-Control": "no-store"})
        response.set_cookie(
            self.shown.cookie_name,
            self.shown.cookie_value,
            httponly=True,
            samesite="strict",
        )
        return response

    def _no_cookie(self, headers: Headers) -> str:
        shown = cookie_parser(headers.get("cookie", "")).get(self.shown.cookie_name, "")
        known = _same(shown, self.shown.cookie_value)
        return "" if known else "This browser has not shown the token yet, or it is another one."


def _foreign_host(headers: Headers, shown: Pass) -> str:
    named = headers.getlist("host")
    if len(named) == 1 and named[0].lower() in shown.hosts:
        return ""
    return "The console answers to 127.0.0.1 only, and another name was asked for."


def _foreign_origin(scope: Scope, headers: Headers, shown: Pass) -> str:
    """Say why a request is not from one of our own pages; nothing when it is."""
    origins = headers.getlist("origin")
    ours = {f"http://{host}" for host in shown.hosts if host == headers["host"].lower()}
    if any(origin.lower() not in ours for origin in origins) or len(origins) > 1:
        return "A page from elsewhere asked for this."
    changes = scope["type"] == "websocket" or scope["method"] not in SAFE
    if changes and not origins:
        return "A request that changes something must say where it comes from."
    if headers.get("sec-fetch-site", "").lower() not in FROM_HERE:
        return "A page from elsewhere asked for this."
    return ""


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode(), wanted.encode())


def _with_headers(send: Send) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers[name] = value
        await send(message)

    return sent


async def _refuse(why: str, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":  # closed before it is accepted: the handshake is answered 403
        await receive()
        await send({"type": "websocket.close", "code": POLICY_VIOLATION, "reason": why[:120]})
        return
    page = _REFUSED.format(why=why)
    await HTMLResponse(page, status_code=403, headers=HEADERS)(scope, receive, send)
