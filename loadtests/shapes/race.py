"""Race: a few contestants start at the same instant, round after round.

What a burst does once, a race does often, because a race condition is lost by luck: one round
proves nothing.
"""

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True, kw_only=True)
class Race:
    """`contestants` arrivals at the very same moment, once every `every_s` seconds."""

    contestants: int
    every_s: float

    def expected_count(self, duration_s: float) -> float:
        """Return contestants times the rounds that start in time."""
        return float(len(self._starts_s(duration_s)) * int(self.contestants))

    def arrivals(self, duration_s: float, rng: Random) -> list[float]:  # noqa: ARG002 - nothing here is left to chance
        """Return the planned offsets."""
        starts_s = self._starts_s(duration_s)
        return [start_s for start_s in starts_s for _ in range(int(self.contestants))]

    def _starts_s(self, duration_s: float) -> list[float]:
        if self.every_s <= 0:
            return [0.0]
        starts_s = [0.0]
        while starts_s[-1] + self.every_s < duration_s:
            starts_s.append(len(starts_s) * self.every_s)
        return starts_s
