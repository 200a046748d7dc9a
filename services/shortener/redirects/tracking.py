"""The connection over which Redis says what changed (client tracking, RESP3, broadcast mode).

Broadcast: Redis pushes every changed key with our prefix, whoever reads it. It remembers nothing
per client, and the connection that reads values needs not be the one that listens.
"""

import asyncio
import contextlib
import random
import secrets
import time
from collections.abc import Callable, Sequence
from typing import Any

from services.kit.redis_hello import RedisAddress, connect
from services.kit.redis_slots import RedisReplyError, RedisUnavailableError
from services.kit.resp import Reply, RespConnection
from services.shortener.redirects.cache import PREFIX
from services.shortener.redirects.near_cache import NearCache

PING_EVERY_S = 0.1
CONNECT_WITHIN_S = 0.5
SILENT_AFTER_S = 1.5
PAUSE_AT_MOST_S = 0.5


class _Pong:
    """The slot of one PING: its answer vouches for everything pushed before.

    Each PING carries a word. If another one comes back, something was lost on the way, and a push
    may have been lost with it.
    """

    def __init__(
        self, sent_s: float, answered: Callable[[float], None], lost: Callable[[], None]
    ) -> None:
        self.due_s = sent_s
        self.word = secrets.token_bytes(8)
        self._answered = answered
        self._lost = lost

    def deliver(self, reply: Reply) -> None:
        """Trust, or begin again."""
        if reply == self.word:
            self._answered(self.due_s)
        else:
            self._lost()

    def fail(self, error: Exception) -> None:
        """The connection is gone; its loss is handled elsewhere."""


class Tracking:
    """Feeds invalidations into a near cache, and tells it how far it may be trusted."""

    def __init__(
        self,
        url: str,
        near: NearCache[Any],
        *,
        client_name: str = "",
        on_drop: Callable[[int], None] = lambda _keys: None,
    ) -> None:
        self._address = RedisAddress.parse(url)
        self._near = near
        self._client_name = client_name
        self._on_drop = on_drop
        self._keeper: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Listen from now on; until the first PING is answered nothing is served from nearby."""
        if self._keeper is None:
            self._keeper = asyncio.create_task(self._keep_listening(), name="redis tracking")

    async def close(self) -> None:
        """Stop listening; the near cache is empty afterwards."""
        if self._keeper is not None:
            self._keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeper
            self._keeper = None

    async def _keep_listening(self) -> None:
        while True:
            lost = asyncio.Event()
            wire: RespConnection | None = None
            with contextlib.suppress(OSError, TimeoutError, RedisReplyError, RedisUnavailableError):
                try:
                    wire = await self._connect(lost)
                    await self._ping_until(lost, wire)
                finally:
                    self._near.clear()  # whatever is pushed from now on will not reach us
                    if wire is not None:
                        wire.close()
            await asyncio.sleep(PAUSE_AT_MOST_S * random.random())  # noqa: S311 - jitter

    async def _connect(self, lost: asyncio.Event) -> RespConnection:
        return await connect(
            self._address,
            self._client_name,
            lost=lost,
            within_s=CONNECT_WITHIN_S,
            pushed=self._pushed,
            protocol=3,
            then=("CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", PREFIX),
        )

    async def _ping_until(self, lost: asyncio.Event, wire: RespConnection) -> None:
        while not lost.is_set():
            now_s = time.monotonic()
            if wire.slots and now_s - wire.slots[0].due_s > SILENT_AFTER_S:
                return  # swallowed: a new connection may find a way
            pong = _Pong(now_s, self._near.trust, wire.close)
            wire.send(pong, "PING", pong.word)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(lost.wait(), PING_EVERY_S)

    def _pushed(self, push: Sequence[Any]) -> None:
        if push[0] != b"invalidate":
            return
        if push[1] is None:  # FLUSHALL and the like
            self._near.clear()
            return
        for key in push[1]:
            self._near.drop(key.decode()[len(PREFIX) :])
        self._on_drop(len(push[1]))
