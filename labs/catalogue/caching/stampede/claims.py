"""What `stampede` measures beyond the built-in measures."""

from labs.engine.evidence import Evidence
from labs.engine.measures import Measured, Table, measure

MEASURES: Table = {}


@measure(MEASURES, "read times", only_grows=True)
def makespan_in_read_times(evidence: Evidence, *, phase: str, read_s: float) -> Measured:
    """From the first request of a phase to its last answer, counted in modelled reads."""
    sent = evidence.sent_in(phase)
    if not sent:
        return Measured(None)
    took_s = max(r.done_s for r in sent) - min(r.sent_s for r in sent)
    return Measured(took_s / read_s, len(sent))


@measure(MEASURES, "people")
def slow_per_period(
    evidence: Evidence, *, phase: str, over_s: float, period_s: float
) -> Measured:
    """Requests of a phase that were open longer than `over_s`, per period."""
    sent = evidence.sent_in(phase)
    begins_s, ends_s = evidence.window(phase)
    slow = sum(r.took_s > over_s for r in sent)
    return Measured(slow * period_s / (ends_s - begins_s), len(sent))
