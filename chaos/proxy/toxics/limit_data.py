"""limit_data: the line dies after so many bytes."""

from dataclasses import dataclass

from chaos.proxy.toxics.toxic import End, Piece, Planned, Toxic


@dataclass(frozen=True, slots=True)
class LimitData(Toxic):
    """Let `bytes` bytes through on each connection and then close it.

    Memory: the bytes that passed since it was put on.
    """

    bytes: int = 0

    def plan(self, piece: Piece, memory: float, roll: float) -> Planned:  # noqa: ARG002
        """Let pass what is left of the limit; close when there is nothing left."""
        if not piece.data:
            return [piece], memory
        data = piece.data[: max(0, self.bytes - int(memory))]
        passed = memory + len(data)
        leaving = [Piece(piece.at_s, data)] if data else []
        if passed >= self.bytes:
            leaving.append(Piece(piece.at_s, b"", End.CLOSE))
        return leaving, passed
