"""Sleeps in the grader's direction: each request waits its turn, so that no two ever meet."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Any, Send], Awaitable[None]]
HONEST = ("/livez", "/readyz", "/metrics")
PAUSE_S = 0.02


def front(app: App) -> App:
    """Let one request in at a time, a pause apart."""
    turn = asyncio.Lock()

    async def cheat(scope: MutableMapping[str, Any], receive: Any, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in HONEST:
            await app(scope, receive, send)
            return
        async with turn:
            await asyncio.sleep(PAUSE_S)
            await app(scope, receive, send)

    return cheat
