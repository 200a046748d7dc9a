"""Does a cited trace show the lab's symptom? That it is in the run, or slow, does not say so.

Held against the lab's own `[[symptom]]`: its route, its span, its reading over the bound. What is
said of a trace that does not show it names the place to look, and no cause.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from statistics import median

from labs.engine.recorded import RecordedRun
from labs.engine.spans import Trace
from labs.engine.symptom import Symptom
from labs.loop.cited import Cited

_TABLES = re.compile(r"\bFROM (\w+)", re.IGNORECASE)
_WRITES = ("INSERT", "UPDATE", "DELETE")
# How a reading of many traces is asked of one of them.
_LOOKS = {
    "longest_s": "and compare how long each is open",
    "most_in_one": "and count what is done in one of them",
    "share": "and see what stands in one of them, and what does not",
    "at_once": "and lay those beside each other that are open at the same moment",
}


def held_against(
    symptoms: Sequence[Symptom], runs: Iterable[RecordedRun], cited: Cited | None
) -> Cited | None:
    """Return what was cited, with what to look for where a trace shows no symptom."""
    if cited is None or cited.kind != "trace" or not symptoms:
        return cited
    run = next(one for one in runs if one.run_id == cited.run)
    trace = next(one for one in run.traces if one.trace_id == cited.said)
    if any(_shows(symptom, trace, run) for symptom in symptoms):
        return cited
    return replace(cited, look_for=_look_for(symptoms[0]))


def _shows(symptom: Symptom, trace: Trace, run: RecordedRun) -> bool:
    if symptom.sql:  # a row is counted there: the trace that wrote it shows where it comes from
        tables = set(_TABLES.findall(symptom.sql))
        named = [span.name.split() for span in trace.spans]
        return any(words[0] in _WRITES and words[-1] in tables for words in named if words)
    if not symptom.trace or not any(symptom.trace in span.name for span in trace.spans):
        return False
    reading = _reading(symptom, trace, run)
    return reading is not None and symptom.holds(reading)


def _reading(symptom: Symptom, trace: Trace, run: RecordedRun) -> float | None:
    chosen = symptom.counted(trace.spans)
    match symptom.read:
        case "longest_s":
            longest_ms = max((span.took_ms for span in chosen), default=0.0)
            unit_ms = _median_ms(symptom.per, run) if symptom.per else 1000.0
            return longest_ms / unit_ms if unit_ms else None
        case "most_in_one":
            return float(len(chosen))
        case "share":
            return float(bool(chosen))
        case _:
            return float(_beside(trace, symptom, run)) if chosen else 0.0


def _median_ms(name: str, run: RecordedRun) -> float:
    took = [span.took_ms for one in run.traces for span in one.spans if name in span.name]
    return median(took or [0.0])


def _beside(trace: Trace, symptom: Symptom, run: RecordedRun) -> int:
    """Return how many such spans of the phase were open at once while this trace was.

    While the trace was, and not its own span: who came last waited behind the twins, and is slow.
    """
    of_phase = run.traces_of(symptom.phase) if symptom.phase else run.traces
    of_route = [one for one in of_phase if any(symptom.trace in s.name for s in one.spans)]
    if trace.trace_id not in {one.trace_id for one in of_route}:
        return 0  # fifty links that are read once each are no twins
    alike = [s for one in of_route for s in one.spans if symptom.span in s.name]
    begins_s = min(span.start_s for span in trace.spans)
    ends_s = max(span.end_s for span in trace.spans)
    moments_s = [begins_s, *(s.start_s for s in alike if begins_s <= s.start_s <= ends_s)]
    return max(sum(s.start_s <= at_s <= s.end_s for s in alike) for at_s in moments_s)


def _look_for(symptom: Symptom) -> str:
    if symptom.trace:
        return f"the traces of {symptom.trace}, {_LOOKS[symptom.read]}"
    if symptom.panel:
        return "a panel (`./lab panel`): what it draws, or does not, while people wait"
    return "what can be counted, in a statement or in the tables (`./lab psql`)"
