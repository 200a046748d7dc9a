"""slicer: many small packets instead of a large one."""

import random
from dataclasses import dataclass

from chaos.proxy.toxics.toxic import Piece, Planned, Toxic


@dataclass(frozen=True, slots=True)
class Slicer(Toxic):
    """Cut bytes into slices of `average_size` give or take `size_variation` bytes.

    `delay` microseconds pass between slices. Memory: when the next slice may leave.
    """

    average_size: int = 0
    size_variation: int = 0
    delay: int = 0

    def plan(self, piece: Piece, memory: float, roll: float) -> Planned:
        """Cut, and space the slices out."""
        at_s = max(piece.at_s, memory)
        if not piece.data:
            return [piece._replace(at_s=at_s)], memory
        leaving = []
        for data in self._cut(piece.data, random.Random(roll)):  # noqa: S311 - not a secret
            leaving.append(Piece(at_s, data))
            at_s += self.delay / 1_000_000
        return leaving, at_s

    def memory_from(self, now_s: float, memory: float) -> float:
        """Return now at the earliest: what waited until now does not leave in one burst."""
        return max(now_s, memory)

    def _cut(self, data: bytes, dice: random.Random) -> list[bytes]:
        """Halve until a part is about the average size; no end is cut finer than the other."""
        if len(data) <= max(1, self.average_size + self.size_variation):
            return [data]
        middle = len(data) // 2 + dice.randint(-self.size_variation, self.size_variation)
        middle = min(max(1, middle), len(data) - 1)
        return self._cut(data[:middle], dice) + self._cut(data[middle:], dice)
