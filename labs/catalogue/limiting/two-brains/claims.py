"""What `two-brains` measures: requests let through, against what a token bucket allows."""

from collections.abc import Sequence

from labs.engine.evidence import Evidence, Request
from labs.engine.measures import Measured, Table, measure

MEASURES: Table = {}


def _of(evidence: Evidence, phases: Sequence[str]) -> tuple[list[Request], list[Request]]:
    sent = [request for name in phases for request in evidence.sent_in(name)]
    return sent, [request for request in sent if request.status == 200]


@measure(MEASURES, "requests", only_grows=True)
def admitted(evidence: Evidence, *, phases: Sequence[str]) -> Measured:
    """Requests of these phases that were let through."""
    sent, passed = _of(evidence, phases)
    return Measured(len(passed), len(sent))


@measure(MEASURES, "requests")
def over_contract(
    evidence: Evidence, *, phases: Sequence[str], burst: float, per_s: float
) -> Measured:
    """Most requests let through beyond `burst + per_s * t`, in the worst stretch of time t.

    A stretch begins when a request was sent and ends when one was answered, and counts those that
    were sent and answered within it. A correct bucket never exceeds it, however slow an answer is.
    """
    sent, passed = _of(evidence, phases)
    worst = 0.0
    for begins_s in {request.sent_s for request in passed}:
        ends = sorted(request.done_s for request in passed if request.sent_s >= begins_s)
        for count, ends_s in enumerate(ends, start=1):
            worst = max(worst, count - burst - per_s * (ends_s - begins_s))
    return Measured(worst if sent else None, len(sent))


@measure(MEASURES, "requests")
def short_of_contract(
    evidence: Evidence, *, phases: Sequence[str], burst: float, per_s: float
) -> Measured:
    """Requests that the contract allows and that were refused, where more were asked for."""
    sent, passed = _of(evidence, phases)
    if not passed:
        return Measured(float(burst) if sent else None, len(sent))
    lasts_s = max(r.sent_s for r in sent) - min(r.done_s for r in passed)
    return Measured(max(0.0, burst + per_s * lasts_s - len(passed)), len(sent))
