"""Spike: a base rate, a sudden plateau, and the base rate again."""

from dataclasses import dataclass
from random import Random

from loadtests.shapes.curve import Spacing, arrivals_along


@dataclass(frozen=True, slots=True, kw_only=True)
class Spike:
    """`peak_rps` instead of `base_rps` from `at_s` for `for_s` seconds, with vertical edges."""

    base_rps: float
    peak_rps: float
    at_s: float
    for_s: float
    spacing: Spacing = "poisson"

    def expected_count(self, duration_s: float) -> float:
        """Return the base, plus what the plateau adds for as long as it lasted."""
        spiked_s = min(max(0.0, duration_s - self.at_s), self.for_s)
        return self.base_rps * duration_s + (self.peak_rps - self.base_rps) * spiked_s

    def arrivals(self, duration_s: float, rng: Random) -> list[float]:
        """Return the planned offsets."""
        return arrivals_along(self.expected_count, duration_s, rng, self.spacing)
