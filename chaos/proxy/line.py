"""The bytes in flight on one direction of one connection, and the toxics on them. No I/O.

    add() -> waiting: [chunk, chunk, ...] -> head: planned [piece, piece] -> pop() when due

Only the chunk at the head of the line is planned. The ones behind it are planned when it is
their turn, from the moment at which they arrived, so the result is the same as planning early;
and when the toxics change there is never more than one chunk to plan again: what of it has not
left yet, under the new toxics. One owner of all bytes is what makes this safe.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from chaos.proxy.chain import Attached, Stage, next_stages, plan, remember, replay
from chaos.proxy.toxics import Piece


@dataclass(slots=True)
class _Head:
    chunk: Piece
    roll: float
    planned: deque[Piece]
    memories: list[float]
    delivered: int = 0


class Line:
    """A queue of chunks that leave when the toxics say so, in the order in which they came."""

    def __init__(self) -> None:
        self._stages: list[Stage] = []
        self._waiting: deque[tuple[Piece, float]] = deque()
        self._head: _Head | None = None
        self.bytes_waiting = 0
        self.bytes_dropped = 0
        self.swallows = False  # bytes were thrown away and the toxic that did it is still on

    @property
    def clear(self) -> bool:
        """Whether bytes may pass by: nothing waits and no toxic bites."""
        return not self._waiting and self._head is None and not self._biting()

    def add(self, chunk: Piece, roll: float) -> None:
        """Put a chunk, or an end, at the back of the line."""
        self._waiting.append((chunk, roll))
        self.bytes_waiting += len(chunk.data)

    def due_s(self) -> float | None:
        """Return when the next piece may leave, None when none will."""
        while self._head is None:
            if not self._waiting:
                return None
            self._plan(*self._waiting.popleft())
        return self._head.planned[0].at_s

    def pop(self) -> Piece:
        """Take the piece whose due time `due_s` told."""
        head = self._head
        assert head is not None, "due_s() plans the head"
        piece = head.planned.popleft()
        head.delivered += len(piece.data)
        self.bytes_waiting -= len(piece.data)
        if not head.planned:
            self._finish(head)
        return piece

    def set_toxics(self, wanted: Sequence[Attached], now_s: float, rolls: Sequence[float]) -> bool:
        """Change the toxics, for what is in flight as well.

        Return False when the connection cannot go on, because a toxic that threw bytes away
        bites it no longer.
        """
        before = self._biting()
        if self._head:
            rest = replay(before, self._head.chunk, self._head.delivered, self._head.roll)
            if rest:  # what has not left goes back to the front: nothing is dropped here
                self._waiting.appendleft((rest, self._head.roll))
            self._head = None
        self._stages = next_stages(self._stages, wanted, now_s, rolls)
        self.swallows = False
        after = {stage.attached.uid for stage in self._biting()}
        gone = [stage for stage in before if stage.attached.uid not in after]
        return not any(stage.attached.toxic.closes_when_lifted for stage in gone)

    def ends_at_s(self) -> float | None:
        """Return when a toxic closes the connection by itself."""
        moments = [stage.ends_at_s for stage in self._biting()]
        return min((at_s for at_s in moments if at_s is not None), default=None)

    def forget(self) -> None:
        """Drop everything: the connection is gone."""
        self._waiting.clear()
        self._head = None
        self.bytes_waiting = 0
        self.swallows = False

    def _biting(self) -> list[Stage]:
        return [stage for stage in self._stages if stage.bites]

    def _plan(self, chunk: Piece, roll: float) -> None:
        pieces, memories = plan(self._biting(), chunk, roll)
        head = _Head(chunk, roll, deque(pieces), memories)
        if pieces:
            self._head = head
        else:
            self.swallows = True
            self._finish(head)

    def _finish(self, head: _Head) -> None:
        """Let the toxics remember a chunk of which nothing is left to deliver."""
        remember(self._biting(), head.memories)
        dropped = len(head.chunk.data) - head.delivered
        self.bytes_dropped += dropped
        self.bytes_waiting -= dropped
        self._head = None
