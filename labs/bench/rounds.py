"""Rounds: two things measured in turn, and what their ratios say."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Spread:
    """The least, the middle and the most of a figure over the rounds."""

    least: float
    median: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """Summarise values; ValueError when there are none."""
        if not values:
            raise ValueError("no rounds")
        return cls(min(values), median(values), max(values))

    def as_dict(self, digits: int = 3) -> dict[str, float]:
        """Rounded, for JSON."""
        return {
            "min": round(self.least, digits),
            "median": round(self.median, digits),
            "max": round(self.most, digits),
        }


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> list[float]:
    """Divide round by round, so that a machine that drifts slows both sides of a ratio."""
    return [one / other for one, other in zip(ours, theirs, strict=True)]
