"""What the proxy saw, in counts: the evidence that graders read.

An exchange begins when bytes leave the client on an idle connection and is done when the first
bytes of the answer are handed back to the client. Where a fault delays the dependency, the
exchange is *in flight* for all that time, with the moment at which it began. A direction is
*held* while a toxic makes its bytes wait (or throws them away).
"""

from dataclasses import dataclass
from typing import Any


@dataclass(slots=True)
class Stats:
    """Counters of one proxy. They live as long as the proxy and are zeroed by `clear`."""

    accepted: int = 0
    open: int = 0
    upstream_failed: int = 0
    upstream_bytes: int = 0
    downstream_bytes: int = 0
    dropped_bytes: int = 0
    exchanges_done: int = 0
    exchanges_cut: int = 0
    held: int = 0
    held_high_water: int = 0
    held_total: int = 0

    def hold(self) -> None:
        """Note that one more direction is held."""
        self.held += 1
        self.held_total += 1
        self.held_high_water = max(self.held_high_water, self.held)

    def let_go(self) -> None:
        """Note that one direction is held no longer."""
        self.held -= 1

    def clear(self) -> None:
        """Zero everything but what is true right now."""
        self.accepted = self.upstream_failed = 0
        self.upstream_bytes = self.downstream_bytes = self.dropped_bytes = 0
        self.exchanges_done = self.exchanges_cut = 0
        self.held_high_water = self.held_total = self.held

    def as_json(self, since_s: list[float]) -> dict[str, Any]:
        """Return the counters; `since_s` has one epoch second per exchange in flight."""
        return {
            "connections": {
                "accepted": self.accepted,
                "open": self.open,
                "upstream_failed": self.upstream_failed,
            },
            "bytes": {
                "upstream": self.upstream_bytes,
                "downstream": self.downstream_bytes,
                "dropped": self.dropped_bytes,
            },
            "exchanges": {
                "done": self.exchanges_done,
                "cut": self.exchanges_cut,
                "in_flight": len(since_s),
                "in_flight_since_s": sorted(since_s)[:100],
            },
            "held": {
                "now": self.held,
                "high_water": self.held_high_water,
                "total": self.held_total,
            },
        }
