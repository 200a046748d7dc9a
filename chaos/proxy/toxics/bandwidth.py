"""bandwidth: a thin wire."""

import math
from dataclasses import dataclass

from chaos.proxy.toxics.toxic import Piece, Planned, Toxic

SLICE_MS = 100


@dataclass(frozen=True, slots=True)
class Bandwidth(Toxic):
    """Let at most `rate` KB/s through, in slices of at most 100 ms. 0 lets nothing through.

    Memory: the moment at which the wire is free again.
    """

    rate: int = 0

    def plan(self, piece: Piece, memory: float, roll: float) -> Planned:  # noqa: ARG002
        """Put the bytes on the wire one slice after the other."""
        free_s = max(piece.at_s, memory)
        if not piece.data:
            return [piece._replace(at_s=free_s)], memory
        if self.rate == 0:
            return [piece._replace(at_s=math.inf)], math.inf
        leaving = []
        size = self.rate * SLICE_MS
        for start in range(0, len(piece.data), size):
            data = piece.data[start : start + size]
            free_s += len(data) / (self.rate * 1000)
            leaving.append(Piece(free_s, data))
        return leaving, free_s

    def memory_from(self, now_s: float, memory: float) -> float:
        """Return now at the earliest: what waited until now does not leave in one burst."""
        return max(now_s, memory)
