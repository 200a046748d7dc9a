"""From a curve to moments: when exactly does each request of a load shape arrive?

A shape is described by how many arrivals it expects by time t (its cumulative curve). To draw
arrivals, marks are laid along the *count* axis and carried back to the *time* axis: marks one
apart give an even spacing, marks an exponential step apart give a Poisson process of exactly
that rate, however the rate changes (the time-rescaling theorem). So a curve is written once and
serves both, and the arrival never depends on how the system answers: the loop is open.
"""

from collections.abc import Callable, Iterator
from random import Random
from typing import Literal, Protocol

Spacing = Literal["poisson", "even"]
CountBy = Callable[[float], float]

_FINEST_STEP_S = 0.001
_MOST_STEPS = 60_000


class Shape(Protocol):
    """A curve of offered load."""

    def expected_count(self, duration_s: float) -> float:
        """How many arrivals the shape means to make in its first `duration_s`."""
        ...

    def arrivals(self, duration_s: float, rng: Random) -> list[float]:
        """Offsets in seconds from the start of the phase, sorted, all below `duration_s`."""
        ...


def arrivals_along(
    count_by: CountBy, duration_s: float, rng: Random, spacing: Spacing
) -> list[float]:
    """Draw the arrivals of a curve; the same `rng` state gives the same moments."""
    marks = _poisson_marks(rng) if spacing == "poisson" else _even_marks()
    step_s = max(_FINEST_STEP_S, duration_s / _MOST_STEPS)
    offsets_s: list[float] = []
    mark = next(marks)
    from_s, from_count = 0.0, 0.0
    while from_s < duration_s:
        to_s = min(from_s + step_s, duration_s)
        to_count = count_by(to_s)
        while mark <= to_count:
            into_step = (mark - from_count) / (to_count - from_count)
            offsets_s.append(from_s + (to_s - from_s) * into_step)
            mark = next(marks)
        from_s, from_count = to_s, to_count
    return [offset_s for offset_s in offsets_s if offset_s < duration_s]


def _even_marks() -> Iterator[float]:
    mark = 0.5  # the first arrival stands half a gap in, so that back-to-back phases do not collide
    while True:
        yield mark
        mark += 1.0


def _poisson_marks(rng: Random) -> Iterator[float]:
    mark = 0.0
    while True:
        mark += rng.expovariate(1.0)
        yield mark
