"""Measures on PostgreSQL, seen through the grader's own connection.

Counts come from pg_stat_statements, which counts a statement when it ends and at once (unlike the
cumulative statistics, which backends flush about once a second).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from labs.engine.evidence import Evidence
from labs.engine.measures.registry import Measured, Table, measure

MEASURES: Table = {}
SETTLE_S = 0.3  # statements that began in a phase and end just after it belong to it


@measure(MEASURES, "statements", only_grows=True)
def statement_calls(evidence: Evidence, *, statement: str, phase: str | None = None) -> Measured:
    """Executions of statements whose text matches a pattern (any case), within a phase."""
    begins_s, ends_s = evidence.window(phase)
    steps = list(growth(evidence, statement, begins_s, ends_s))
    return Measured(sum(grown for _, grown in steps) if steps else None, len(steps))


@measure(MEASURES, "statements per period")
def statement_calls_per_period(
    evidence: Evidence, *, statement: str, phase: str, period_s: float
) -> Measured:
    """Mean executions of matching statements per period (an expiry, say) of a phase."""
    begins_s, ends_s = evidence.window(phase)
    total = statement_calls(evidence, statement=statement, phase=phase)
    periods = (ends_s - begins_s) / period_s
    if total.value is None:
        return total
    return Measured(total.value / periods, int(periods))


@measure(MEASURES, "statements", only_grows=True)
def peak_statement_calls(
    evidence: Evidence, *, statement: str, within_s: float, phase: str | None = None
) -> Measured:
    """Most executions of matching statements within any `within_s` seconds."""
    begins_s, ends_s = evidence.window(phase)
    steps = list(growth(evidence, statement, begins_s, ends_s))
    most = 0
    for first, (from_s, _) in enumerate(steps):
        inside = (grown for at_s, grown in steps[first:] if at_s - from_s <= within_s)
        most = max(most, sum(inside))
    return Measured(most if steps else None, len(steps))


@measure(MEASURES, "statements", only_grows=True)
def peak_active(evidence: Evidence, *, application: str = "", phase: str | None = None) -> Measured:
    """Most statements that ran at the same moment (of applications whose name starts so)."""
    begins_s, ends_s = evidence.window(phase)
    seen = [
        sum(count for name, count in sample.active.items() if name.startswith(application))
        for sample in evidence.samples
        if begins_s <= sample.at_s <= ends_s
    ]
    return Measured(max(seen, default=None), len(seen))


@measure(MEASURES, "connections", only_grows=True)
def peak_connections(
    evidence: Evidence, *, application: str = "", phase: str | None = None
) -> Measured:
    """Most connections that were open at the same moment."""
    begins_s, ends_s = evidence.window(phase)
    seen = [
        sum(count for name, count in sample.connections.items() if name.startswith(application))
        for sample in evidence.samples
        if begins_s <= sample.at_s <= ends_s
    ]
    return Measured(max(seen, default=None), len(seen))


@measure(MEASURES, "backends", only_grows=True)
def peak_lock_waiters(evidence: Evidence, *, phase: str | None = None) -> Measured:
    """Most backends that waited for a lock at the same moment."""
    begins_s, ends_s = evidence.window(phase)
    seen = [s.waiting for s in evidence.samples if begins_s <= s.at_s <= ends_s]
    return Measured(max(seen, default=None), len(seen))


@measure(MEASURES, "share of looks")
def idle_in_transaction_share(
    evidence: Evidence, *, application: str = "", phase: str | None = None, fault: str | None = None
) -> Measured:
    """Share of looks that saw a backend idle in a transaction for more than 0.2 s."""
    window = evidence.window(phase) if fault is None else evidence.fault_window(fault)
    if window is None:
        return Measured(None)
    seen = [s.idle_in_transaction for s in evidence.samples if window[0] <= s.at_s <= window[1]]
    idle = sum(any(name.startswith(application) for name in sample) for sample in seen)
    return Measured(idle / len(seen) if seen else None, len(seen))


@measure(MEASURES, "")
def action_value(evidence: Evidence, *, action: str, take: str = "last") -> Measured:
    """What an action of the grader read (a count by SQL, say): the last, the highest, the first."""
    read = [
        float(event.data["value"])
        for event in evidence.named("action", action)
        if event.data.get("value") is not None and not event.data.get("error")
    ]
    if not read:
        return Measured(None)
    taken = {"last": read[-1], "first": read[0], "max": max(read), "min": min(read)}
    return Measured(taken[take], len(read))


def growth(
    evidence: Evidence, statement: str, begins_s: float, ends_s: float
) -> Iterator[tuple[float, int]]:
    """Yield (moment, calls since the look before) for matching statements within a window."""
    pattern = re.compile(statement, re.IGNORECASE | re.DOTALL)
    wanted = {key for key, text in evidence.statements.items() if pattern.search(text)}
    before: dict[str, int] = {}
    for sample in evidence.samples:
        grown = 0
        for key in wanted & sample.calls.keys():
            grown += max(0, sample.calls[key] - before.get(key, 0))
            before[key] = sample.calls[key]
        if begins_s <= sample.at_s <= ends_s + SETTLE_S:
            yield sample.at_s, grown
