"""reset_peer: the connection breaks with a TCP RST."""

from dataclasses import dataclass

from chaos.proxy.toxics.toxic import End, Piece, Planned, Toxic


@dataclass(frozen=True, slots=True)
class ResetPeer(Toxic):
    """Reset the connection `timeout` ms after the next bytes (or the end) come."""

    timeout: int = 0

    def plan(self, piece: Piece, memory: float, roll: float) -> Planned:  # noqa: ARG002
        """Put the reset in the place of whatever came."""
        return [Piece(piece.at_s + self.timeout / 1000, b"", End.RESET)], memory
