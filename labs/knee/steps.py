"""From the ledger of a staircase of load to one point per step, and to where it bends."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from math import nan

from loadtests import ledger
from loadtests.ledger import Row

SETTLE_S = 1.0  # of each step, while it still shows the step before
MOST_CPU_SHARE = 0.7
KEEPS_UP = 0.93  # below this share of the offered load, the system does not keep up any more
BENT_STEPS = 2  # in a row: one alone may be luck


@dataclass(frozen=True, slots=True)
class Step:
    """A stretch of the timeline with one rate."""

    name: str
    start_s: float
    duration_s: float
    rps: float


@dataclass(frozen=True, slots=True)
class Point:
    """What was measured in one step."""

    planned_rps: float
    offered_rps: float
    goodput_rps: float
    failed_rps: float
    in_flight: float  # on average, from the planned moment to the end
    p50_ms: float
    p99_ms: float
    generator_cpu_share: float
    schedule_error_p99_ms: float

    @property
    def keeps_up(self) -> bool:
        """Whether what comes in goes out."""
        return self.goodput_rps >= KEEPS_UP * self.offered_rps

    @property
    def trusted(self) -> bool:
        """Whether it shows the system and not the generator's own limit."""
        late = self.schedule_error_p99_ms > ledger.HONEST_ERROR_MS
        return self.generator_cpu_share <= MOST_CPU_SHARE and not late

    def as_json(self) -> dict[str, float | bool]:
        """Return plain, rounded values."""
        rounded = {name: round(value, 3) for name, value in asdict(self).items()}
        return {**rounded, "keeps_up": self.keeps_up, "trusted": self.trusted}


def point_of(
    step: Step, rows: Sequence[Row], t0: float, cpu_share: float, due_s: Iterable[float] = ()
) -> Point:
    """Measure one step; `rows` may hold other steps' too.

    `due_s`: when requests are due on the timeline. While a run is under way its ledger does not
    have those that are still open, and they too were offered.
    """
    start_s, end_s = t0 + step.start_s + SETTLE_S, t0 + step.start_s + step.duration_s
    seconds = end_s - start_s
    planned = [row for row in rows if start_s <= row.planned_s < end_s]
    offered = max(len(planned), sum(start_s <= t0 + at_s < end_s for at_s in due_s))
    ended = [row for row in rows if start_s <= row.done_s < end_s]
    good_ms = [row.latency_ms for row in ended if row.good]
    open_s = sum(max(0.0, min(r.done_s, end_s) - max(r.planned_s, start_s)) for r in rows)
    return Point(
        planned_rps=step.rps,
        offered_rps=offered / seconds,
        goodput_rps=len(good_ms) / seconds,
        failed_rps=(len(ended) - len(good_ms)) / seconds,
        in_flight=open_s / seconds,
        p50_ms=ledger.percentile(good_ms, 50),
        p99_ms=ledger.percentile(good_ms, 99),
        generator_cpu_share=cpu_share,
        schedule_error_p99_ms=ledger.schedule_error_ms(planned) if planned else nan,
    )


def bent(points: Sequence[Point], steps: int = BENT_STEPS) -> bool:
    """Whether goodput has left the offered load behind for good."""
    last = points[-steps:]
    return len(last) == steps and not any(point.keeps_up for point in last)


def knee(points: Sequence[Point]) -> Point | None:
    """Return the highest step that kept up before the first that did not; None if none did."""
    last = None
    for point in points:
        if not point.keeps_up:
            return last
        last = point
    return last
