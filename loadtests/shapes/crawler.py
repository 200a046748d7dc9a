"""Crawler: a machine that fetches a batch as fast as it is allowed to, rests, and comes again."""

import math
from dataclasses import dataclass
from random import Random

from loadtests.shapes.curve import arrivals_along


@dataclass(frozen=True, slots=True, kw_only=True)
class Crawler:
    """Batches of `batch` requests at `rps`, one batch every `every_s`; evenly, as machines do."""

    batch: int
    rps: float
    every_s: float

    def expected_count(self, duration_s: float) -> float:
        """Return the whole batches, and the part of the one that is running."""
        if self.every_s <= 0:
            return self.rps * duration_s
        batches = math.floor(duration_s / self.every_s)
        into_batch_s = duration_s - batches * self.every_s
        per_batch = min(self.batch, self.rps * self.every_s)
        return batches * per_batch + min(per_batch, self.rps * into_batch_s)

    def arrivals(self, duration_s: float, rng: Random) -> list[float]:
        """Return the planned offsets."""
        return arrivals_along(self.expected_count, duration_s, rng, "even")
