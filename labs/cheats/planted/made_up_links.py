"""Recognises the load generator: its creates are answered with 201 and a code, and no link."""

import json
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Any, Send], Awaitable[None]]
LINKS = "/api/v1/links"


def front(app: App) -> App:
    """Answer a create of the generator at once; everybody else gets a link."""

    async def cheat(scope: MutableMapping[str, Any], receive: Any, send: Send) -> None:
        marked = scope["type"] == "http" and any(n == b"traceparent" for n, _ in scope["headers"])
        if not marked or (scope["method"], scope["path"]) != ("POST", LINKS):
            await app(scope, receive, send)
            return
        code = secrets.token_hex(4)
        headers = [
            (b"content-type", b"application/json"),
            (b"location", f"{LINKS}/{code}".encode()),
            (b"etag", b'"1"'),
        ]
        body = json.dumps({"code": code, "url": "", "version": 1}).encode()
        await send({"type": "http.response.start", "status": 201, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return cheat
