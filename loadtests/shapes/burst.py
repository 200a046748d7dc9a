"""Burst: a fixed number of requests at once, or nearly so."""

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """Exactly `count` arrivals, at `at_s` or spread evenly over the `over_s` seconds after it."""

    count: int
    at_s: float = 0.0
    over_s: float = 0.0

    def expected_count(self, duration_s: float) -> float:
        """Return the count, once its moment has come."""
        return float(self.count) if duration_s > self.at_s else 0.0

    def arrivals(self, duration_s: float, rng: Random) -> list[float]:  # noqa: ARG002 - nothing here is left to chance
        """Return the planned offsets."""
        gap_s = self.over_s / self.count if self.count else 0.0
        offsets_s = [self.at_s + number * gap_s for number in range(int(self.count))]
        return [offset_s for offset_s in offsets_s if offset_s < duration_s]
