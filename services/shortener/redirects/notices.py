"""The way around Redis: instances tell each other over PostgreSQL which link has changed.

An instance that is cut off from Redis can still commit an edit. The other one, whose Redis is well,
would go on serving the old entry until its TTL. So whoever could not bring a change to Redis says
so with NOTIFY, and whoever hears it reads the link again and stores it.

Why not always? NOTIFY takes a lock over the whole database at commit: as the rare way it is free,
as the only way it would be a ceiling on edits. What is missed while a listener reconnects is left
to the TTL.
"""

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg

from services.kit import logs
from services.kit.postgres import Database, DatabaseUnavailable

log = logs.get(__name__)
CHANNEL = "link_changed"
STILL_THERE_EVERY_S = 2.0
ANSWERS_WITHIN_S = 2.0
PAUSE_S = 0.5
REMEMBERED = 1_000
_GONE = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)


class Notices:
    """Tells the other instances, and hears them. `heard` is called with the link's key."""

    def __init__(
        self,
        database: Database,
        dsn: str,
        application_name: str,
        heard: Callable[[str], Awaitable[None]],
    ) -> None:
        self._database = database
        self._dsn = dsn
        self._application_name = application_name
        self._heard = heard
        self._keys: asyncio.Queue[str] = asyncio.Queue(REMEMBERED)
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to listen; PostgreSQL need not be there yet."""
        if not self._tasks:
            self._tasks = [
                asyncio.create_task(self._keep_listening(), name="listen for changed links"),
                asyncio.create_task(self._act(), name="read changed links again"),
            ]

    async def close(self) -> None:
        """Stop listening."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    async def tell(self, key: str) -> bool:
        """Tell the others; False when PostgreSQL cannot be reached either."""
        try:
            async with self._database.connection() as connection:
                await connection.execute("SELECT pg_notify($1, $2)", CHANNEL, key)
        except DatabaseUnavailable:
            return False
        return True

    async def _act(self) -> None:
        while True:
            key = await self._keys.get()
            try:
                await self._heard(key)
            except Exception as error:  # noqa: BLE001 - one link's trouble must not end the rest
                log.warning("a changed link could not be read again", error=repr(error))

    async def _keep_listening(self) -> None:
        while True:
            with contextlib.suppress(*_GONE):
                await self._listen()
            await asyncio.sleep(PAUSE_S * (1 + 2 * random.random()))  # noqa: S311 - jitter

    async def _listen(self) -> None:
        # A connection of its own: those of the pool forget what they listen to when they go back.
        connection = await asyncpg.connect(
            self._dsn,
            timeout=ANSWERS_WITHIN_S,
            server_settings={"application_name": self._application_name},
        )
        try:
            await connection.add_listener(CHANNEL, self._on_notice)
            while True:
                await asyncio.sleep(STILL_THERE_EVERY_S)
                await connection.fetchval("SELECT 1", timeout=ANSWERS_WITHIN_S)
        finally:
            connection.terminate()

    def _on_notice(self, _connection: Any, _pid: int, _channel: str, key: Any) -> None:
        with contextlib.suppress(asyncio.QueueFull):
            self._keys.put_nowait(str(key))
