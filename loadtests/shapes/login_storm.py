"""Login storm: everybody was thrown out at once, and everybody comes back."""

import math
from dataclasses import dataclass
from random import Random

from loadtests.shapes.curve import Spacing, arrivals_along

_TIME_CONSTANTS = 3.0  # e^-3: 95 of 100 people are back after three of them


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginStorm:
    """About `count` people from `at_s` on, 95 of 100 within `within_s`: most at once."""

    count: float
    within_s: float
    at_s: float = 0.0
    spacing: Spacing = "poisson"

    def expected_count(self, duration_s: float) -> float:
        """Return how many are back by then."""
        since_s = max(0.0, duration_s - self.at_s)
        if self.within_s <= 0:
            return self.count if since_s else 0.0
        return self.count * -math.expm1(-since_s * _TIME_CONSTANTS / self.within_s)

    def arrivals(self, duration_s: float, rng: Random) -> list[float]:
        """Return the planned offsets."""
        return arrivals_along(self.expected_count, duration_s, rng, self.spacing)
