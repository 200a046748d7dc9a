"""What `stampede` measures beyond the built-in measures."""

from labs.engine.evidence import Evidence
from labs.engine.measures import Measured, Table, measure
from labs.engine.measures.database import growth

MEASURES: Table = {}
QUIET_S = 0.4  # what is further apart belongs to two expiries


@measure(MEASURES, "reads per expiry")
def reads_per_expiry(evidence: Evidence, *, phase: str, statement: str, since_s: float) -> Measured:
    """Reads in the largest burst of reads: what an expiry of the popular link costs.

    The largest, because the grader's own few links are read in between, and because the end of the
    load may cut the last one short. None before `since_s` of the timeline: nothing expires then.
    """
    begins_s, ends_s = evidence.window(phase)
    begins_s = max(begins_s, since_s)
    bursts: list[int] = []
    last_s = float("-inf")
    for at_s, reads in growth(evidence, statement, begins_s, ends_s):
        if reads and at_s - last_s > QUIET_S:
            bursts.append(0)
        if reads:
            bursts[-1] += reads
            last_s = at_s
    return Measured(max(bursts, default=None), len(bursts))


@measure(MEASURES, "read times", only_grows=True)
def makespan_in_read_times(evidence: Evidence, *, phase: str, read_s: float) -> Measured:
    """From the first request of a phase to its last answer, counted in modelled reads."""
    sent = evidence.sent_in(phase)
    if not sent:
        return Measured(None)
    took_s = max(r.done_s for r in sent) - min(r.sent_s for r in sent)
    return Measured(took_s / read_s, len(sent))


@measure(MEASURES, "people")
def slow_at_once(evidence: Evidence, *, phase: str, over_s: float) -> Measured:
    """Requests of a phase that were open longer than `over_s`, in the largest crowd of such.

    The largest, because the end of the load may cut the last one short.
    """
    sent = evidence.sent_in(phase)
    crowds, last_s = [0], float("-inf")
    for request in sorted(sent, key=lambda r: r.sent_s):
        if request.took_s <= over_s:
            continue
        if request.sent_s - last_s > QUIET_S:
            crowds.append(0)
        crowds[-1] += 1
        last_s = request.sent_s
    return Measured(max(crowds), len(sent))
