"""From the ledger of an overload to figures: who was served in time, how others were refused.

An answer counts as good only while somebody is still there to see it: a system that serves
everybody at the end of their patience has throughput, and no goodput.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from labs.bench.usage import Usage
from loadtests import ledger
from loadtests.ledger import Row

PATIENCE_S = 1.0
REFUSALS = (429, 503)
SETTLE_S = 1.0  # of the step at capacity, while it still shows the step before


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the timeline: the name of its phase, and when."""

    name: str
    start_s: float
    duration_s: float


@dataclass(frozen=True, slots=True)
class Round:
    """One overload, with what came right before and after."""

    peak_rps: float  # goodput at capacity
    offered_rps: float
    goodput_rps: float
    answer_p99_ms: float
    refused: int
    refusal_p50_ms: float
    refusal_p99_ms: float
    refusal_of_an_answer: float  # CPU time of the shorteners for one, over that for an answer
    without_retry_after: int
    other_failures: int  # neither good, late nor a refusal
    late: int  # answered, when nobody was there any more
    cached_good: float  # share of the visits to a cached link, meanwhile
    cached_p99_ms: float
    well_after: float  # share good and in time, from 5 s after the end
    memory_mib: float  # the most that the shorteners held meanwhile
    generator_cpu_share: float
    schedule_error_p99_ms: float

    @property
    def ratio(self) -> float:
        """Goodput under overload over that at capacity."""
        return self.goodput_rps / self.peak_rps if self.peak_rps else 0.0

    @property
    def honest(self) -> bool:
        """Whether the generator kept to its plan."""
        return self.schedule_error_p99_ms <= ledger.HONEST_ERROR_MS

    def as_dict(self) -> dict[str, Any]:
        """Rounded, for JSON."""
        return {"ratio": round(self.ratio, 3)} | {
            name: round(value, 3) for name, value in asdict(self).items()
        }


def in_time(row: Row) -> bool:
    """Whether somebody was still there when the answer came."""
    return row.good and row.latency_ms <= PATIENCE_S * 1000


def is_refusal(row: Row) -> bool:
    """Whether the system said no, in words that a client understands."""
    return row.error is None and row.status in REFUSALS


def round_of(steps: Mapping[str, Span], rows: Sequence[Row], t0: float, usage: Usage) -> Round:
    """Measure one round; `rows` may hold the others', too."""
    phases = ledger.group(rows, lambda row: row.phase)
    capacity, overload, after = (
        phases.get(steps[name].name, ()) for name in ("capacity", "overload", "after")
    )
    cached = [row for row in phases.get("cached", ()) if _within(row, steps["overload"], t0)]
    peak_rps = _goodput(rows, steps["capacity"], t0, SETTLE_S)
    refusals = [row for row in overload if is_refusal(row)]
    told_ms = [row.latency_ms for row in refusals]
    span = steps["overload"]
    during = t0 + span.start_s, t0 + span.start_s + span.duration_s
    generator, _ = usage.between(*during)
    return Round(
        peak_rps=peak_rps,
        offered_rps=len(overload) / span.duration_s,
        goodput_rps=_goodput(rows, span, t0, 0.0),
        answer_p99_ms=ledger.latency_ms(overload, 99),
        refused=len(refusals),
        refusal_p50_ms=ledger.percentile(told_ms, 50),
        refusal_p99_ms=ledger.percentile(told_ms, 99),
        refusal_of_an_answer=_price(steps, capacity, overload, t0, usage),
        without_retry_after=sum("retry-after" not in row.headers for row in refusals),
        other_failures=sum(not row.good and not is_refusal(row) for row in overload),
        late=sum(row.good and not in_time(row) for row in overload),
        cached_good=ledger.share_good(cached, in_time),
        cached_p99_ms=ledger.latency_ms(cached, 99),
        well_after=ledger.share_good(after, in_time),
        memory_mib=usage.most_mib(*during),
        generator_cpu_share=generator,
        schedule_error_p99_ms=ledger.schedule_error_ms(overload),
    )


def _within(row: Row, span: Span, t0: float) -> bool:
    return 0 <= row.planned_s - t0 - span.start_s < span.duration_s


def _goodput(rows: Iterable[Row], span: Span, t0: float, settle_s: float) -> float:
    """Answers in time per second, of this step's own visits."""
    from_s, until_s = t0 + span.start_s + settle_s, t0 + span.start_s + span.duration_s
    mine = (row for row in rows if row.phase == span.name and in_time(row))
    return sum(from_s <= row.planned_s < until_s for row in mine) / (until_s - from_s)


def _price(
    steps: Mapping[str, Span],
    capacity: Sequence[Row],
    overload: Sequence[Row],
    t0: float,
    usage: Usage,
) -> float:
    """CPU time of a refusal over that of an answer, whose own part is taken off first."""
    answers = sum(row.good for row in capacity)
    refusals = sum(is_refusal(row) for row in overload)
    if not answers or not refusals:
        return 0.0
    an_answer_s = _cpu_s(steps["capacity"], t0, usage) / answers
    if not an_answer_s:  # too short to be seen
        return 0.0
    for_answers_s = an_answer_s * sum(row.good for row in overload)
    return (_cpu_s(steps["overload"], t0, usage) - for_answers_s) / refusals / an_answer_s


def _cpu_s(span: Span, t0: float, usage: Usage) -> float:
    from_s = t0 + span.start_s
    return usage.between(from_s, from_s + span.duration_s)[1] * span.duration_s
