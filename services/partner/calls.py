"""What the partner remembers of its calls: proof from outside of how a client behaves."""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

REMEMBERED = 20_000  # arrivals; older ones are forgotten, the counts go on


@dataclass(frozen=True, slots=True)
class Arrival:
    """One call: what it was about, and when it came."""

    key: str
    at_s: float


@dataclass(slots=True)
class Calls:
    """Counts since the last reset."""

    calls: int = 0
    in_flight: int = 0
    peak_concurrency: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    arrivals: deque[Arrival] = field(default_factory=lambda: deque(maxlen=REMEMBERED))

    @contextmanager
    def counted(self, key: str, at_s: float) -> Iterator[None]:
        """One call, from its arrival to its end."""
        self.calls += 1
        self.arrivals.append(Arrival(key, at_s))
        self.in_flight += 1
        self.peak_concurrency = max(self.peak_concurrency, self.in_flight)
        try:
            yield
        finally:
            self.in_flight -= 1

    def ended(self, outcome: str) -> None:
        """How a call ended."""
        self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1

    def report(self) -> dict[str, Any]:
        """What `GET /calls` answers."""
        by_key: dict[str, list[float]] = {}
        for arrival in self.arrivals:
            by_key.setdefault(arrival.key, []).append(arrival.at_s)
        gaps_s = [b - a for times in by_key.values() for a, b in pairwise(times)]
        return {
            "calls": self.calls,
            "distinct_keys": len(by_key),
            "in_flight": self.in_flight,
            "peak_concurrency": self.peak_concurrency,
            "outcomes": dict(self.outcomes),
            "attempts_per_key": {
                "mean": round(len(self.arrivals) / len(by_key), 3) if by_key else 0.0,
                "most": max(map(len, by_key.values()), default=0),
            },
            "spacing_ms": spacing_ms(gaps_s),
            "arrivals": [{"key": a.key, "at_s": round(a.at_s, 4)} for a in self.arrivals],
        }


def spacing_ms(gaps_s: list[float]) -> dict[str, float | int]:
    """Between two attempts for one key: together they say whether a client backs off, and jitters.

    `spread` is the standard deviation over the mean: 0 for a client that waits the same each time.
    """
    if not gaps_s:
        return {"count": 0, "least": 0.0, "median": 0.0, "most": 0.0, "spread": 0.0}
    ordered, mean_s = sorted(gaps_s), sum(gaps_s) / len(gaps_s)
    deviation_s = (sum((gap - mean_s) ** 2 for gap in gaps_s) / len(gaps_s)) ** 0.5
    return {
        "count": len(ordered),
        "least": round(ordered[0] * 1000, 2),
        "median": round(ordered[len(ordered) // 2] * 1000, 2),
        "most": round(ordered[-1] * 1000, 2),
        "spread": round(deviation_s / mean_s, 3) if mean_s else 0.0,
    }
