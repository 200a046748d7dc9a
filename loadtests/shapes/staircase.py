"""Staircase: one rate after the other, each held long enough to be measured."""

from dataclasses import dataclass
from random import Random

from loadtests.shapes.curve import Spacing, arrivals_along


@dataclass(frozen=True, slots=True, kw_only=True)
class Staircase:
    """`steps_rps[0]` for `step_s` seconds, then `steps_rps[1]`, and so on; then nothing."""

    steps_rps: tuple[float, ...]
    step_s: float
    spacing: Spacing = "poisson"

    def expected_count(self, duration_s: float) -> float:
        """Return the area of the stairs up to that moment."""
        count = 0.0
        for number, rps in enumerate(self.steps_rps):
            on_step_s = min(max(0.0, duration_s - number * self.step_s), self.step_s)
            count += rps * on_step_s
        return count

    def arrivals(self, duration_s: float, rng: Random) -> list[float]:
        """Return the planned offsets."""
        return arrivals_along(self.expected_count, duration_s, rng, self.spacing)
