"""One pump per direction of a connection: it alone takes bytes in, waits, and writes.

Without toxics nothing is queued: bytes go straight from the source to the sink. With toxics
they stand in a `Line`, which decides; the pump only asks it when the next piece is due, sleeps
until then, and writes. (A first draft chained one pipe per toxic, and lost data when a pipe was
taken out.)
"""

import asyncio
import math
import random
import time
from collections.abc import Callable, Sequence

from chaos.proxy.chain import Attached
from chaos.proxy.line import Line
from chaos.proxy.stats import Stats
from chaos.proxy.toxics import End, Piece

# Enough for 200 ms of latency at 40 MB/s; beyond it the source is made to wait.
MOST_BYTES_WAITING = 8 * 1024 * 1024


class Pump:
    """Moves bytes from one transport to another, under toxics that may change at any time."""

    def __init__(
        self,
        source: asyncio.Transport,
        sink: asyncio.Transport,
        stats: Stats,
        on_written: Callable[[int], None],
        on_end: Callable[[End], None],
    ) -> None:
        self._source = source
        self._sink = sink
        self._stats = stats
        self._on_written = on_written
        self._on_end = on_end
        self._loop = asyncio.get_running_loop()
        self._line = Line()
        self._alarm: asyncio.Handle | None = None
        self._ending: asyncio.Handle | None = None
        self._direct = True  # the line is clear: bytes need not join it
        self._sink_full = False
        self._source_paused = False
        self._held = False
        self._over = False

    def take(self, data: bytes) -> None:
        """Take bytes from the source."""
        if self._direct:
            self._sink.write(data)
            self._on_written(len(data))
        else:
            self._queue(Piece(time.monotonic(), data))

    def take_end(self, end: End) -> None:
        """Take the end of the source's stream; it stands in line behind the bytes before it."""
        self._queue(Piece(time.monotonic(), b"", end))

    def set_toxics(self, wanted: Sequence[Attached]) -> None:
        """Change the toxics now, for the bytes in flight as well."""
        if self._over:
            return
        rolls = [random.random() for _ in wanted]  # noqa: S311 - not a secret
        can_go_on = self._line.set_toxics(wanted, time.monotonic(), rolls)
        self._set_ending()
        if can_go_on:
            self._wake()
        else:
            self._on_end(End.CLOSE)

    def sink_full(self) -> None:
        """Stop writing: the sink's buffer is full."""
        self._sink_full = True
        self._regulate()

    def sink_drained(self) -> None:
        """Go on writing."""
        self._sink_full = False
        self._regulate()
        self._wake()

    def stop(self) -> None:
        """Drop everything: the connection is gone."""
        self._over = True
        self._direct = False
        for handle in (self._alarm, self._ending):
            if handle:
                handle.cancel()
        self._count_dropped()
        self._line.forget()
        self._note_held(held=False)

    def _queue(self, piece: Piece) -> None:
        if self._over:
            return
        self._direct = False
        self._line.add(piece, random.random())  # noqa: S311 - not a secret
        if self._alarm is None:
            self._advance()
        self._regulate()

    def _wake(self) -> None:
        if self._alarm:
            self._alarm.cancel()
        self._advance()

    def _advance(self) -> None:
        """Write one piece if it is due, and see to it that this runs again for the next.

        One piece per turn of the loop: pieces written in the same turn would leave as one
        packet, and a slicer would slice nothing.
        """
        self._alarm = None
        if self._over or self._sink_full:
            return
        due_s = self._line.due_s()
        if due_s is None:
            self._direct = self._line.clear
            self._count_dropped()
            self._note_held(held=self._line.swallows)
            return
        wait_s = due_s - time.monotonic()
        if wait_s > 0:
            self._note_held(held=True)
            if wait_s < math.inf:
                self._alarm = self._loop.call_later(wait_s, self._advance)
            return
        self._note_held(held=False)
        self._alarm = self._loop.call_soon(self._advance)
        self._write(self._line.pop())

    def _write(self, piece: Piece) -> None:
        if piece.data:
            self._sink.write(piece.data)
            self._on_written(len(piece.data))
        if piece.end:
            self._on_end(piece.end)
        self._regulate()

    def _regulate(self) -> None:
        """Make the source wait while the sink is full or too much stands in line."""
        pause = self._sink_full or self._line.bytes_waiting > MOST_BYTES_WAITING
        if pause == self._source_paused or self._source.is_closing():
            return
        self._source_paused = pause
        if pause:
            self._source.pause_reading()
        else:
            self._source.resume_reading()

    def _set_ending(self) -> None:
        if self._ending:
            self._ending.cancel()
            self._ending = None
        ends_at_s = self._line.ends_at_s()
        if ends_at_s is not None:
            wait_s = max(0.0, ends_at_s - time.monotonic())
            self._ending = self._loop.call_later(wait_s, self._on_end, End.CLOSE)

    def _count_dropped(self) -> None:
        self._stats.dropped_bytes += self._line.bytes_dropped
        self._line.bytes_dropped = 0

    def _note_held(self, *, held: bool) -> None:
        if held == self._held:
            return
        self._held = held
        if held:
            self._stats.hold()
        else:
            self._stats.let_go()
