"""Who waits for replies from Redis: one caller, many for the GETs of one loop tick, or a mark."""

import asyncio
import secrets
from collections.abc import Callable

from services.kit.resp import Reply


class RedisUnavailableError(Exception):
    """No answer: not connected, too slow, or the breaker is open. Go on without Redis."""


class RedisReplyError(Exception):
    """Redis answered with an error: the command was wrong, the connection is fine."""


class One:
    """One caller waiting for one reply."""

    __slots__ = ("due_s", "future")

    def __init__(self, future: "asyncio.Future[Reply]", due_s: float) -> None:
        self.future = future
        self.due_s = due_s

    def deliver(self, reply: Reply) -> None:
        """Hand the reply to whoever still wants it."""
        if not self.future.done():  # cancelled or timed out: the reply is consumed all the same
            self.future.set_result(reply)

    def fail(self, error: Exception) -> None:
        """Tell whoever still waits."""
        if not self.future.done():
            self.future.set_exception(RedisUnavailableError(str(error)))


class Gets:
    """The GETs of one loop tick: key -> everybody who asked for it."""

    __slots__ = ("due_s", "waiters")

    def __init__(self, due_s: float) -> None:
        self.due_s = due_s
        self.waiters: dict[str, list[asyncio.Future[Reply]]] = {}

    def deliver(self, reply: Reply) -> None:
        """Hand the reply to whoever still wants it."""
        replies = reply if isinstance(reply, list) else [reply] * len(self.waiters)
        for futures, value in zip(self.waiters.values(), replies, strict=True):
            for future in futures:
                if not future.done():
                    future.set_result(value)

    def fail(self, error: Exception) -> None:
        """Tell whoever still waits."""
        for futures in self.waiters.values():
            for future in futures:
                if not future.done():
                    future.set_exception(RedisUnavailableError(str(error)))


class Mark:
    """A word that Redis is asked to echo. If anything else comes back, replies are out of step.

    A network that drops bytes and then goes on (Toxiproxy's `timeout` toxic does) makes every reply
    that follows arrive one slot too early.
    """

    __slots__ = ("_mismatch", "due_s", "word")

    def __init__(self, due_s: float, mismatch: Callable[[], None]) -> None:
        self.due_s = due_s
        self.word = secrets.token_bytes(8)
        self._mismatch = mismatch

    def deliver(self, reply: Reply) -> None:
        """Compare."""
        if reply != self.word:
            self._mismatch()

    def fail(self, error: Exception) -> None:
        """Late or lost: the oldest slot decides when that is too long."""
