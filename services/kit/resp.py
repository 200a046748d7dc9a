"""One RESP connection: commands go out in order, replies come back in the same order.

That order is the whole contract, and its danger: a caller who stops waiting must not shift the
replies of everybody behind them (lab `crossed-wires`). So whoever waits is a slot in a queue, and
a slot stays until its reply was read, whether or not anybody still wants it.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Protocol, cast

import hiredis

Word = str | bytes | int | float
Reply = Any


class Slot(Protocol):
    """Somebody's place in the order of replies."""

    due_s: float

    def deliver(self, reply: Reply) -> None:
        """The reply is here; the caller may be gone."""

    def fail(self, error: Exception) -> None:
        """No reply in time, or never."""


class RespConnection(asyncio.Protocol):
    """The wire: packs commands, hands replies to slots, and pushes to a listener."""

    def __init__(
        self,
        on_lost: Callable[[Exception | None], None],
        on_push: Callable[[Sequence[Any]], None] | None = None,
    ) -> None:
        self.slots: deque[Slot] = deque()
        self._on_lost = on_lost
        self._on_push = on_push
        self._reader = hiredis.Reader()
        self._transport: asyncio.Transport | None = None
        self._unsent: list[bytes] = []
        self._loop = asyncio.get_running_loop()

    @property
    def open(self) -> bool:
        """Whether commands can be sent."""
        return self._transport is not None and not self._transport.is_closing()

    def send(self, slot: Slot, *words: Word) -> None:
        """Queue a command; all commands of one loop tick leave in one write."""
        self.slots.append(slot)
        if not self._unsent:
            self._loop.call_soon(self._flush)
        self._unsent.append(hiredis.pack_command(words))  # type: ignore[arg-type]

    def close(self) -> None:
        """Cut the connection now. Slots still in the queue fail in `connection_lost`."""
        if self._transport is not None:
            self._transport.abort()

    def _flush(self) -> None:
        unsent, self._unsent = self._unsent, []
        if self.open and self._transport is not None:
            self._transport.write(b"".join(unsent))

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Hand out every complete reply; each one takes exactly one slot with it."""
        self._reader.feed(data)
        try:
            while (reply := self._reader.gets()) is not False:
                if isinstance(reply, hiredis.PushNotification):
                    if self._on_push is not None:
                        self._on_push(reply)
                else:
                    self.slots.popleft().deliver(reply)
        except (hiredis.ProtocolError, IndexError):
            self.close()  # out of step with the server: nothing on this connection can be trusted

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail whoever still waits: no reply will come."""
        self._transport = None
        slots, self.slots = self.slots, deque()
        for slot in slots:
            slot.fail(ConnectionError("the connection to Redis was lost"))
        self._on_lost(exc)
