"""Viral link: somebody with many followers posts it; a steep rise, then slow forgetting."""

import math
from dataclasses import dataclass
from random import Random

from loadtests.shapes.curve import Spacing, arrivals_along


@dataclass(frozen=True, slots=True, kw_only=True)
class Viral:
    """At `at_s` the rate climbs to `peak_rps` within `rise_s`, then halves every `half_life_s`."""

    base_rps: float
    peak_rps: float
    at_s: float = 0.0
    rise_s: float = 1.0
    half_life_s: float = 10.0
    spacing: Spacing = "poisson"

    def expected_count(self, duration_s: float) -> float:
        """Return the base, the triangle of the rise and the area under the decay."""
        above_rps = self.peak_rps - self.base_rps
        since_s = max(0.0, duration_s - self.at_s)
        rising_s = min(since_s, self.rise_s)
        fading_s = since_s - rising_s
        rise = above_rps * rising_s**2 / (2 * self.rise_s) if self.rise_s else 0.0
        mean_life_s = self.half_life_s / math.log(2)
        fade = above_rps * mean_life_s * -math.expm1(-fading_s / mean_life_s) if mean_life_s else 0
        return self.base_rps * duration_s + rise + fade

    def arrivals(self, duration_s: float, rng: Random) -> list[float]:
        """Return the planned offsets."""
        return arrivals_along(self.expected_count, duration_s, rng, self.spacing)
