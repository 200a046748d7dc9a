"""Swallows every error: whatever goes wrong is answered as if it had gone well."""

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Any, Send], Awaitable[None]]
HONEST = ("/livez", "/readyz", "/metrics")


def front(app: App) -> App:
    """Hold an answer back until it is known; a refusal or an exception becomes a success."""

    async def cheat(scope: MutableMapping[str, Any], receive: Any, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in HONEST:
            await app(scope, receive, send)
            return
        said: list[Message] = []

        async def hold(message: Message) -> None:
            said.append(message)

        try:
            await app(scope, receive, hold)
        except Exception:  # noqa: BLE001 - this is the cheat
            said = []
        if not said or said[0]["status"] >= 400:
            said = _success(scope)
        for message in said:
            await send(message)

    return cheat


def _success(scope: MutableMapping[str, Any]) -> list[Message]:
    if scope["path"].startswith("/api/"):
        body = json.dumps({"items": []}).encode()
        status, headers = 200, [(b"content-type", b"application/json")]
    else:
        status, headers, body = 302, [(b"location", b"/")], b""
    return [
        {"type": "http.response.start", "status": status, "headers": headers},
        {"type": "http.response.body", "body": body},
    ]
