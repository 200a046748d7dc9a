"""noop: the smallest toxic."""

from dataclasses import dataclass

from chaos.proxy.toxics.toxic import Piece, Planned, Toxic


@dataclass(frozen=True, slots=True)
class Noop(Toxic):
    """Let everything pass."""

    def plan(self, piece: Piece, memory: float, roll: float) -> Planned:  # noqa: ARG002
        """Return the piece as it is."""
        return [piece], memory
