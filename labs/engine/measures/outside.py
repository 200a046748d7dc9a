"""Measures on what left the shortener: calls to the partner, and spans."""

from __future__ import annotations

from labs.engine.evidence import Evidence
from labs.engine.measures.registry import Measured, Table, measure
from labs.engine.measures.requests import peak

MEASURES: Table = {}


@measure(MEASURES, "calls")
def partner_calls(evidence: Evidence) -> Measured:
    """Calls that reached the partner during the run, by its own count."""
    return _partner(evidence, "calls")


@measure(MEASURES, "calls")
def partner_peak(evidence: Evidence) -> Measured:
    """Most calls that were open at the partner at the same moment, by its own count."""
    return _partner(evidence, "peak_concurrency")


@measure(MEASURES, "calls per request")
def partner_calls_per_request(evidence: Evidence, *, phase: str | None = None) -> Measured:
    """Calls that reached the partner, per request of a phase."""
    sent = len(evidence.sent_in(phase))
    calls = _partner(evidence, "calls").value
    return Measured(None if calls is None or not sent else calls / sent, sent)


@measure(MEASURES, "spans")
def span_count(evidence: Evidence, *, name: str, phase: str | None = None) -> Measured:
    """Spans whose name contains `name` and that began within a phase."""
    begins_s, ends_s = evidence.window(phase)
    found = [
        span
        for span in evidence.spans
        if name in span["name"] and begins_s <= span["start_s"] <= ends_s
    ]
    return Measured(len(found), len(evidence.spans))


@measure(MEASURES, "spans")
def peak_spans(
    evidence: Evidence, *, name: str, phase: str | None = None, service: str = ""
) -> Measured:
    """Most spans whose name contains `name` that were open at the same moment."""
    begins_s, ends_s = evidence.window(phase)
    found = [
        (span["start_s"], span["end_s"])
        for span in evidence.spans
        if name in span["name"]
        and span["instance"].startswith(service)
        and begins_s <= span["start_s"] <= ends_s
    ]
    return Measured(peak(found), len(found))


def _partner(evidence: Evidence, count: str) -> Measured:
    told = evidence.of_kind("partner")
    if not told or count not in told[-1].data:
        return Measured(None)
    return Measured(float(told[-1].data[count]), 1)
