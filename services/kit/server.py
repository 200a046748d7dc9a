"""The process: uvicorn, and an orderly end.

SIGTERM drains. First `/readyz` says no and answers ask for their connection to be closed, while we
still serve: the edge needs a moment to look. Then the listener closes and requests in flight get
their time to finish. A second signal means now.
"""

import asyncio
import contextlib
import gc
import signal
import socket
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp

from services.kit import logs
from services.kit.health import Health
from services.kit.settings import ServiceSettings

log = logs.get(__name__)
KEEP_ALIVE_S = 75  # longer than the edge keeps an idle connection, so that it closes first


class Server(uvicorn.Server):
    """uvicorn with our way of leaving."""

    def __init__(self, config: uvicorn.Config, health: Health, notice_s: float) -> None:
        super().__init__(config)
        self.health = health
        self.notice_s = notice_s
        self._leaving: asyncio.Task[None] | None = None

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Handle signals on the loop, where we may wait."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._asked_to_leave)
        try:
            yield
        finally:
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(number)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then take what was built at start out of the garbage collector's sight.

        It never becomes garbage, and walking it again and again is most of a quiet service's p99.
        """
        await super().startup(sockets)
        gc.collect()
        gc.freeze()
        log.info("listening", port=self.config.port)

    def _asked_to_leave(self) -> None:
        if self._leaving is not None:
            self.force_exit = self.should_exit = True
            return
        self._leaving = asyncio.create_task(self._leave())

    async def _leave(self) -> None:
        log.info("draining", notice_s=self.notice_s)
        self.health.draining = True
        await asyncio.sleep(self.notice_s)
        self.should_exit = True


def serve(app: ASGIApp, settings: ServiceSettings, health: Health) -> None:
    """Serve until a signal; returns when everything in flight is done or its time is over."""
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,  # who the client is is decided in one place, from the edge's header
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=settings.drain_s,
        backlog=2048,
    )
    Server(config, health, settings.drain_notice_s).run()
