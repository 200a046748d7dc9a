"""slow_close: the line is long in going dead."""

from dataclasses import dataclass

from chaos.proxy.toxics.toxic import Piece, Planned, Toxic


@dataclass(frozen=True, slots=True)
class SlowClose(Toxic):
    """Let bytes pass, and let the other side learn of the end `delay` ms late."""

    delay: int = 0

    def plan(self, piece: Piece, memory: float, roll: float) -> Planned:  # noqa: ARG002
        """Move ends, and only ends, back in time."""
        if piece.end is None:
            return [piece], memory
        return [piece._replace(at_s=piece.at_s + self.delay / 1000)], memory
