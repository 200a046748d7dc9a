"""What `stampede` measures beyond the built-in measures."""

from labs.engine.evidence import Evidence
from labs.engine.measures import Measured, Table, measure
from labs.engine.measures.database import growth

MEASURES: Table = {}
QUIET_S = 0.4  # reads that are further apart belong to two expiries


@measure(MEASURES, "reads per expiry")
def reads_per_expiry(evidence: Evidence, *, phase: str, statement: str) -> Measured:
    """Mean reads in the two largest bursts of reads: what an expiry of the popular link costs.

    The two largest, because the grader's own few links are read in between.
    """
    begins_s, ends_s = evidence.window(phase)
    bursts: list[int] = []
    last_s = float("-inf")
    for at_s, reads in growth(evidence, statement, begins_s, ends_s):
        if reads and at_s - last_s > QUIET_S:
            bursts.append(0)
        if reads:
            bursts[-1] += reads
            last_s = at_s
    largest = sorted(bursts)[-2:]
    return Measured(sum(largest) / len(largest) if largest else None, len(bursts))


@measure(MEASURES, "read times", only_grows=True)
def makespan_in_read_times(evidence: Evidence, *, phase: str, read_s: float) -> Measured:
    """From the first request of a phase to its last answer, counted in modelled reads."""
    sent = evidence.sent_in(phase)
    if not sent:
        return Measured(None)
    took_s = max(r.done_s for r in sent) - min(r.sent_s for r in sent)
    return Measured(took_s / read_s, len(sent))


@measure(MEASURES, "people")
def slow_per_period(evidence: Evidence, *, phase: str, over_s: float, period_s: float) -> Measured:
    """Requests of a phase that were open longer than `over_s`, per period."""
    sent = evidence.sent_in(phase)
    begins_s, ends_s = evidence.window(phase)
    slow = sum(r.took_s > over_s for r in sent)
    return Measured(slow * period_s / (ends_s - begins_s), len(sent))
