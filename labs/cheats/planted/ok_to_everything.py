"""200 for everything: no question is a failure."""

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Any, Send], Awaitable[None]]
HONEST = ("/livez", "/readyz", "/metrics")  # or nobody would send traffic here


def front(app: App) -> App:
    """Answer everything but health with 200 and a body that has whatever is asked for."""

    async def cheat(scope: MutableMapping[str, Any], receive: Any, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in HONEST:
            await app(scope, receive, send)
            return
        body = json.dumps({"ok": True}).encode()
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return cheat
