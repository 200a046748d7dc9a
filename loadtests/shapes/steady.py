"""Steady: the same rate all the time."""

from dataclasses import dataclass
from random import Random

from loadtests.shapes.curve import Spacing, arrivals_along


@dataclass(frozen=True, slots=True, kw_only=True)
class Steady:
    """`rps` arrivals a second, from the first second to the last."""

    rps: float
    spacing: Spacing = "poisson"

    def expected_count(self, duration_s: float) -> float:
        """Return rate times time."""
        return self.rps * duration_s

    def arrivals(self, duration_s: float, rng: Random) -> list[float]:
        """Return the planned offsets."""
        return arrivals_along(self.expected_count, duration_s, rng, self.spacing)
