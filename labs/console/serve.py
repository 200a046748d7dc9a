"""One console per LAB_HOME: a lock, a port that is remembered, and a server on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import socket
from collections.abc import Callable, Iterator

import uvicorn
from starlette.types import ASGIApp

from labs.console import memory
from labs.console.gate import Gate, Pass
from stack.home import LOOPBACK, Home
from stack.trouble import Trouble

PORT, TOKEN = "console", "console-token"  # names in ports.json and secrets/
LEAVES_WITHIN_S = 2


def shown_at(home: Home) -> Pass:
    """Return what opens the console of this home."""
    return Pass(home.secret(TOKEN), home.port(PORT))


@contextlib.contextmanager
def only_one(home: Home) -> Iterator[bool]:
    """Hold this home's console; False when another one already does."""
    home.make()
    with (home.run / "console.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
            return
        yield True


def serve(home: Home, tell: Callable[[Pass], None]) -> None:
    """Serve until Ctrl-C; `tell` hears the address once somebody may come."""
    listener = _listen(home)
    shown = shown_at(home)
    app = Gate(application(home), shown)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(app, listener, lambda: tell(shown)))


def application(home: Home) -> ASGIApp:
    """Return the console itself, without its gate."""
    os.environ.setdefault("NICEGUI_STORAGE_PATH", str(home.run / "console"))
    from fastapi import FastAPI  # noqa: PLC0415 - NiceGUI reads its storage path when imported
    from nicegui import ui  # noqa: PLC0415

    from labs.console import pages  # noqa: PLC0415

    memory.share_one_heap()
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    pages.register(home)
    ui.run_with(app, title="Short Circuit", language="en-US", dark=None, **pages.LOOK)
    return app


def _listen(home: Home) -> socket.socket:
    """Bind the remembered port; when somebody else has it, remember another one."""
    for pick in (home.port, home.repick_port):
        port = pick(PORT)
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((LOOPBACK, port))
        except OSError:
            listener.close()
            continue
        return listener
    raise Trouble("No port can be opened on 127.0.0.1.", "./lab doctor")


async def _serve(app: ASGIApp, listener: socket.socket, up: Callable[[], None]) -> None:
    config = uvicorn.Config(
        app,
        access_log=False,
        log_level="warning",
        proxy_headers=False,  # nobody stands between the browser and us
        server_header=False,
        timeout_graceful_shutdown=LEAVES_WITHIN_S,
        ws="websockets-sansio",
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started and not serving.done():
        await asyncio.sleep(0.02)
    if server.started:
        memory.set_aside()
        up()
    await serving
