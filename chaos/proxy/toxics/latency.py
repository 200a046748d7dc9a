"""latency: everything arrives later."""

from dataclasses import dataclass

from chaos.proxy.toxics.toxic import Piece, Planned, Toxic


@dataclass(frozen=True, slots=True)
class Latency(Toxic):
    """Deliver bytes `latency` ms after they arrived, give or take `jitter` ms.

    The delay counts from arrival: 20 chunks under 50 ms take 50 ms in all. Waiting 50 ms per
    chunk would be a bandwidth limit in disguise.
    """

    latency: int = 0
    jitter: int = 0

    def plan(self, piece: Piece, memory: float, roll: float) -> Planned:
        """Move the bytes back in time; an end keeps its moment (it cannot overtake the bytes)."""
        if not piece.data:
            return [piece], memory
        wait_ms = self.latency + (2 * roll - 1) * self.jitter
        return [piece._replace(at_s=piece.at_s + max(0.0, wait_ms) / 1000)], memory
