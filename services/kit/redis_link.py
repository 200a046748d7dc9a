"""One multiplexed connection to Redis per process.

Why not redis-py's own client? It takes a connection from a pool for every command, so a hundred
concurrent redirects are a hundred sockets and a hundred writes. Here all commands of one loop
tick share one socket and one write, and its GETs one MGET (0.76 of a constant answer's throughput
against 0.24 when it was tried). hiredis still does the parsing.

What callers can rely on:
- a command answers, or raises `RedisUnavailableError` within its time-out, also while Redis is
  dead (at once), swallowed by the network (time-out, then the breaker refuses at once) or slow;
- a cancelled or timed-out command never shifts anybody else's reply (see `resp.py`);
- replies that are out of step all the same (bytes lost on the way) are noticed by a mark, sent
  along every few milliseconds while there is traffic, and the connection is given up;
- a lost connection comes back by itself, with back-off and full jitter.
"""

import asyncio
import contextlib
import hashlib
import random
import time
from dataclasses import dataclass, field

import hiredis
from opentelemetry.trace import SpanKind

from services.kit.breaker import Breaker, Outcome, Ticket
from services.kit.redis_hello import RedisAddress, connect
from services.kit.redis_signals import RedisSignals, Silence
from services.kit.redis_slots import Gets, Mark, One, RedisReplyError, RedisUnavailableError
from services.kit.resp import Reply, RespConnection, Word
from services.kit.telemetry import span

__all__ = ["RedisLink", "RedisReplyError", "RedisUnavailableError", "Script"]

BACKOFF_FIRST_S = 0.05
BACKOFF_MOST_S = 1.0


@dataclass(frozen=True, slots=True)
class Script:
    """A Lua script, known to Redis by its hash."""

    source: str
    sha: str = field(init=False)

    def __post_init__(self) -> None:
        digest = hashlib.sha1(self.source.encode(), usedforsecurity=False).hexdigest()
        object.__setattr__(self, "sha", digest)


class RedisLink:
    """Commands to Redis over one connection that looks after itself."""

    def __init__(  # noqa: PLR0913 - each one is a setting of its own, all by name
        self,
        url: str,
        *,
        timeout_s: float = 0.08,
        connect_timeout_s: float = 0.5,
        lost_after_s: float = 1.0,
        waiting_at_most: int = 10_000,
        client_name: str = "",
        breaker: Breaker | None = None,
        signals: RedisSignals | None = None,
    ) -> None:
        self._address = RedisAddress.parse(url)
        self._timeout_s = timeout_s
        self._connect_timeout_s = connect_timeout_s
        self._lost_after_s = lost_after_s
        self._waiting_at_most = waiting_at_most
        self._client_name = client_name
        self._breaker = breaker
        self._signals = signals or Silence()
        self._wire: RespConnection | None = None
        self._gets: Gets | None = None
        self._sweeper: asyncio.TimerHandle | None = None
        self._unmarked = False  # commands were sent since the last mark
        self._keeper: asyncio.Task[None] | None = None
        self.connections = 0
        """How often it has connected: after another one, what Redis held may be lost."""

    @property
    def connected(self) -> bool:
        """Whether the connection stands (it may still be slow)."""
        return self._wire is not None and self._wire.open

    def start(self) -> None:
        """Begin to connect, and stay connected until `close`. Redis need not be there yet."""
        if self._keeper is None:
            self._keeper = asyncio.create_task(self._keep_connected(), name="redis-link")

    async def close(self) -> None:
        """Cut the connection; whoever waits is told that Redis is unavailable."""
        if self._keeper is not None:
            self._keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeper
            self._keeper = None

    def distrust(self) -> None:
        """A reply was not the one that was asked for: begin again with a new connection."""
        if self._wire is not None:
            self._wire.close()

    async def get(self, key: str) -> bytes | None:
        """GET, sharing one MGET with everybody who asks in the same loop tick."""
        self._open_wire()
        ticket = self._admit()
        reply = await self._answered("get", self._join_gets(key), ticket)
        return reply if isinstance(reply, bytes) else None

    async def command(self, *words: Word, timeout_s: float | None = None) -> Reply:
        """Any one command."""
        wire = self._open_wire()
        ticket = self._admit()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Reply] = loop.create_future()
        wire.send(One(future, time.monotonic() + (timeout_s or self._timeout_s)), *words)
        self._unmarked = True
        self._sweep_later()
        return await self._answered(str(words[0]).lower(), future, ticket)

    async def run(self, script: Script, keys: list[str], args: list[Word]) -> Reply:
        """Run a script by its hash; send the source only where Redis does not know it yet."""
        try:
            return await self.command("EVALSHA", script.sha, len(keys), *keys, *args)
        except RedisReplyError as error:
            if not str(error).startswith("NOSCRIPT"):
                raise
        return await self.command("EVAL", script.source, len(keys), *keys, *args)

    # One command's life

    def _open_wire(self) -> RespConnection:
        if self._wire is None or not self._wire.open:
            raise RedisUnavailableError("not connected")
        if len(self._wire.slots) >= self._waiting_at_most:
            raise RedisUnavailableError("too many commands wait for a reply")
        return self._wire

    def _admit(self) -> Ticket | None:
        if self._breaker is None:
            return None
        ticket = self._breaker.admit(time.monotonic())
        if ticket is None:
            self._signals.refused()
            raise RedisUnavailableError("the breaker is open")
        return ticket

    def _join_gets(self, key: str) -> "asyncio.Future[Reply]":
        loop = asyncio.get_running_loop()
        if self._gets is None:
            self._gets = Gets(time.monotonic() + self._timeout_s)
            loop.call_soon(self._send_gets)
        future: asyncio.Future[Reply] = loop.create_future()
        self._gets.waiters.setdefault(key, []).append(future)
        return future

    def _send_gets(self) -> None:
        gets, self._gets = self._gets, None
        if gets is None:
            return
        self._signals.coalesced(len(gets.waiters))
        try:
            wire = self._open_wire()
        except RedisUnavailableError as error:
            gets.fail(error)
            return
        wire.send(gets, "GET" if len(gets.waiters) == 1 else "MGET", *gets.waiters)
        self._unmarked = True
        self._sweep_later()

    async def _answered(
        self, name: str, future: "asyncio.Future[Reply]", ticket: Ticket | None
    ) -> Reply:
        outcome, started_s = Outcome.FAILED, time.perf_counter()
        try:
            with span(f"redis {name}", SpanKind.CLIENT, db__system__name="redis"):
                reply = await future
            outcome = Outcome.SUCCEEDED
        except asyncio.CancelledError:
            outcome = Outcome.CANCELLED
            raise
        finally:
            self._signals.ended(name, started_s, outcome)
            if self._breaker is not None and ticket is not None:
                self._breaker.settle(ticket, outcome, time.monotonic())
        if isinstance(reply, hiredis.ReplyError):
            raise RedisReplyError(str(reply))
        return reply

    # Time-outs and marks: one timer for all, because the oldest slot is always first

    def _sweep_later(self) -> None:
        if self._sweeper is None:
            loop = asyncio.get_running_loop()
            self._sweeper = loop.call_later(self._timeout_s / 4, self._sweep)

    def _sweep(self) -> None:
        self._sweeper = None
        wire = self._wire
        if wire is None or not wire.slots:
            return
        now_s = time.monotonic()
        for slot in wire.slots:
            if slot.due_s <= now_s:
                slot.fail(TimeoutError("no reply in time"))  # the slot stays, see resp.py
        if now_s - wire.slots[0].due_s > self._lost_after_s:
            wire.close()  # not slow: gone. A fresh connection may find another way
        if self._unmarked and wire.open:
            self._unmarked = False
            mark = Mark(now_s + self._timeout_s, mismatch=wire.close)
            wire.send(mark, "ECHO", mark.word)
        self._sweep_later()

    # The connection's life

    async def _keep_connected(self) -> None:
        failures = 0
        while True:
            lost = asyncio.Event()
            try:
                self._wire = await connect(
                    self._address, self._client_name, lost=lost, within_s=self._connect_timeout_s
                )
                failures = 0
                self.connections += 1
                await lost.wait()
            except (OSError, TimeoutError, RedisReplyError, RedisUnavailableError):
                failures += 1
            finally:
                if self._wire is not None:
                    self._wire.close()
                self._wire = None
            self._signals.reconnecting()
            ceiling_s = min(BACKOFF_MOST_S, BACKOFF_FIRST_S * 2.0 ** min(failures, 10))
            await asyncio.sleep(ceiling_s * random.random())  # noqa: S311 - jitter, not secrecy
