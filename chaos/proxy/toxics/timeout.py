"""timeout: nothing comes through, and then the line is dead."""

from dataclasses import dataclass
from typing import ClassVar

from chaos.proxy.toxics.toxic import Piece, Planned, Toxic


@dataclass(frozen=True, slots=True)
class Timeout(Toxic):
    """Throw all bytes away, and close the connection after `timeout` ms (0: never).

    When it is lifted the connection closes: bytes are missing from it.
    """

    timeout: int = 0
    closes_when_lifted: ClassVar[bool] = True

    def plan(self, piece: Piece, memory: float, roll: float) -> Planned:  # noqa: ARG002
        """Let only an end pass."""
        return ([] if piece.data else [piece]), memory

    def ends_after_s(self) -> float | None:
        """Return the timeout; 0 means that it holds until it is lifted."""
        return self.timeout / 1000 if self.timeout else None
