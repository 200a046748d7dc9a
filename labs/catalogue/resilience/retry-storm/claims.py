"""What `retry-storm` measures beyond the built-in measures."""

from itertools import pairwise
from statistics import fmean, pstdev
from typing import Any

from labs.engine.evidence import Evidence, Request
from labs.engine.measures import Measured, Table, measure

MEASURES: Table = {}
CREATED = 201


@measure(MEASURES, "calls per create")
def attempts_per_create(evidence: Evidence, *, phase: str, fault: str) -> Measured:
    """Calls that reached the partner while a fault was on, per create sent in that time."""
    window = evidence.fault_window(fault)
    arrivals = _arrivals(evidence)
    if window is None or arrivals is None:
        return Measured(None)
    calls = sum(window[0] <= at_s <= window[1] for _, at_s in arrivals)
    sent = len(_sent_within(evidence, phase, *window))
    return Measured(calls / sent if sent else None, sent)


@measure(MEASURES, "requests")
def failed_after(
    evidence: Evidence, *, phase: str, fault: str, after_s: float, within_s: float
) -> Measured:
    """Requests sent later than `after_s` after a fault that failed or took over `within_s`."""
    window = evidence.fault_window(fault)
    if window is None:
        return Measured(None)
    sent = _sent_within(evidence, phase, window[1] + after_s, evidence.lab.length_s)
    return Measured(sum(not r.ok or r.took_s > within_s for r in sent), len(sent))


@measure(MEASURES, "links")
def created_without_answer(evidence: Evidence, *, phases: list[str], faults: list[str]) -> Measured:
    """Links asked for and created within the time in which the partner gave no verdict."""
    asked = created = 0
    for fault in evidence.lab.fault:
        window = evidence.fault_window(fault.name)
        if fault.name not in faults or window is None:
            continue
        ends_s = min(window[1], fault.at_s + fault.for_s)
        sent = [r for name in phases for r in _sent_within(evidence, name, window[0], ends_s)]
        asked += len(sent)
        created += sum(r.status == CREATED and r.done_s < ends_s for r in sent)
    return Measured(created, asked)


@measure(MEASURES, "of the mean")
def spread_of_pauses(evidence: Evidence, *, fault: str) -> Measured:
    """Standard deviation over mean of the pauses between calls about the same address."""
    window = evidence.fault_window(fault)
    by_key: dict[str, list[float]] = {}
    for key, at_s in _arrivals(evidence) or ():
        if window is not None and window[0] <= at_s <= window[1]:
            by_key.setdefault(key, []).append(at_s)
    pauses_s = [after - before for times in by_key.values() for before, after in pairwise(times)]
    mean_s = fmean(pauses_s) if pauses_s else 0.0
    return Measured(pstdev(pauses_s) / mean_s if mean_s else None, len(pauses_s))


def _arrivals(evidence: Evidence) -> list[tuple[str, float]] | None:
    """The partner's own book: which address, and when on the timeline."""
    told = evidence.of_kind("partner")
    if not told or "arrivals" not in told[-1].data:
        return None
    arrivals: list[dict[str, Any]] = told[-1].data["arrivals"]
    return [(arrival["key"], arrival["at_s"] - evidence.t0) for arrival in arrivals]


def _sent_within(evidence: Evidence, phase: str, from_s: float, to_s: float) -> list[Request]:
    return [r for r in evidence.sent_in(phase) if from_s <= r.sent_s <= to_s]
