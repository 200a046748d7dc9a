"""Rounds: two things measured in turn, and what their ratios say."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any, Protocol


class Answer(Protocol):
    """What a benchmark found: as JSON, and in lines for a person."""

    def as_dict(self) -> dict[str, Any]:
        """Everything that `--json` prints; it has a `ratio`."""

    def lines(self) -> Iterator[str]:
        """Say the same to a person."""


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


@dataclass(slots=True)
class Sides:
    """How much each side did per second, round by round."""

    name: str  # ours; the other one is bare
    unit: str  # what is done
    ours: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> Spread:
        """Ours over the bare one's."""
        return Spread.of(ratios(self.ours, self.bare))

    def as_dict(self) -> dict[str, Any]:
        """Rounded, for JSON."""
        return {
            "ratio": round(self.ratio.median, 3),
            "rounds": len(self.ours),
            "ratio_spread": self.ratio.as_dict(),
            f"{self.name}_per_s": Spread.of(self.ours).as_dict(0),
            "bare_per_s": Spread.of(self.bare).as_dict(0),
        }

    def lines(self) -> Iterator[str]:
        """A line a round, then the median."""
        yield f"round   {self.name:>10} {self.unit}/s   bare {self.unit}/s   ratio"
        for number, (one, other) in enumerate(zip(self.ours, self.bare, strict=True), 1):
            yield f"{number:>5}   {one:>19.0f}   {other:>13.0f}   {one / other:>5.2f}"
        yield f"median: {self.ratio.median:.2f} of the bare one's throughput"


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> list[float]:
    """Divide round by round, so that a machine that drifts slows both sides of a ratio."""
    return [one / other for one, other in zip(ours, theirs, strict=True)]
