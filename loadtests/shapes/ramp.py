"""Ramp: a rate that climbs (or falls) in a straight line, then stays."""

from dataclasses import dataclass
from random import Random

from loadtests.shapes.curve import Spacing, arrivals_along


@dataclass(frozen=True, slots=True, kw_only=True)
class Ramp:
    """From `from_rps` to `to_rps` over `over_s` seconds, and `to_rps` from then on."""

    from_rps: float
    to_rps: float
    over_s: float
    spacing: Spacing = "poisson"

    def expected_count(self, duration_s: float) -> float:
        """Return the area under the line: a triangle, then a rectangle."""
        climbed_s = min(duration_s, self.over_s)
        held_s = duration_s - climbed_s
        slope = (self.to_rps - self.from_rps) / self.over_s if self.over_s else 0.0
        climb = self.from_rps * climbed_s + slope * climbed_s**2 / 2
        return climb + self.to_rps * held_s

    def arrivals(self, duration_s: float, rng: Random) -> list[float]:
        """Return the planned offsets."""
        return arrivals_along(self.expected_count, duration_s, rng, self.spacing)
