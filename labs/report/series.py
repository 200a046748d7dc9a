"""From a recorded run to the lines that are drawn: one value per slice of the timeline, or none."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labs.engine.figures import Slice, is_good
from labs.engine.recorded import RecordedRun
from labs.engine.spans import Span

SLICE_S = 0.25
# What a driver says to keep house, and the grader's own questions.
_BOOKKEEPING = re.compile(
    r"^\s*(begin|commit|rollback|set|show|reset|deallocate|discard|close|unlisten|savepoint|release)\b"
    r"|pg_advisory_unlock_all|pg_stat_|pg_catalog|set_config|typeinfo|^\s*select \$1$",
    re.IGNORECASE,
)

Points = Sequence[tuple[float, float | None]]
Sample = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Dot:
    """One request: when it was due, how long its user waited, whether it was answered well."""

    at_s: float
    took_ms: float
    good: bool


def dots(run: RecordedRun, phase: str | None = None) -> list[Dot]:
    """Return every request of the run, or of one phase."""
    return [
        Dot(
            float(line["planned_s"]) - run.t0,
            (float(line["done_s"]) - float(line["planned_s"])) * 1000,
            is_good(line),
        )
        for line in run.requests
        if line.get("done_s") and phase in (None, line.get("phase", ""))
    ]


def of_slices(run: RecordedRun, value: Callable[[Slice], float | None]) -> Points:
    """Return one figure over the timeline; each point stands in the middle of its slice."""
    return [
        (one.start_s + one.width_s / 2, value(one))
        for one in run.slices(SLICE_S)
        if one.start_s < run.length_s
    ]


def running_statements(run: RecordedRun) -> Points:
    """Return the most statements that ran in PostgreSQL at one moment of each slice."""
    return _highest(run, lambda sample: float(sum(sample.get("active", {}).values())))


def lock_waiters(run: RecordedRun) -> Points:
    """Return the most backends that waited for a lock at one moment of each slice."""
    return _highest(run, lambda sample: float(sample.get("waiting", 0)))


def executed(run: RecordedRun) -> Points:
    """Return statements executed per second in each slice, transaction bookkeeping left out."""
    counted: dict[int, float] = {}
    for at_s, _, grown in _growth(run):
        counted[int(at_s / SLICE_S)] = counted.get(int(at_s / SLICE_S), 0.0) + grown / SLICE_S
    return _points(run, counted, nothing=0.0) if counted else []


def statements(run: RecordedRun) -> dict[str, int]:
    """Return how often each statement was executed on the timeline, by its text."""
    totals: dict[str, int] = {}
    for _, text, grown in _growth(run):
        totals[text] = totals.get(text, 0) + grown
    return totals


def in_postgres(span: Span) -> bool:
    """Whether a span is a statement on its way to PostgreSQL and back."""
    return "postgresql" in {span.attributes.get("db.system.name"), span.attributes.get("db.system")}


def in_line(span: Span) -> bool:
    """Whether a span is a wait for something that is limited: a connection, a place."""
    return span.name.startswith("wait for")


def at_once(run: RecordedRun, wanted: Callable[[Span], bool]) -> Points:
    """Return the most spans of a kind that were open at one moment of each slice."""
    turns: list[tuple[float, int]] = []
    for trace in run.traces:
        for span in filter(wanted, trace.spans):
            turns += [(span.start_s - run.t0, 1), (span.end_s - run.t0, -1)]
    if not turns:
        return []
    highest, open_now, slice_now = {0: 0.0}, 0, 0
    for at_s, change in sorted(turns):
        for number in range(slice_now + 1, int(at_s / SLICE_S) + 1):
            highest[number] = float(open_now)
        slice_now = max(slice_now, int(at_s / SLICE_S))
        open_now += change
        highest[slice_now] = max(highest[slice_now], float(open_now))
    return _points(run, highest, nothing=0.0)


def _growth(run: RecordedRun) -> Iterator[tuple[float, str, int]]:
    texts: dict[str, str] = {}
    before: dict[str, int] = {}
    for sample in run.samples:
        texts.update(sample.get("statements", {}))
        at_s = float(sample["at_s"]) - run.t0 if "at_s" in sample else -1.0
        for key, calls in sample.get("calls", {}).items():
            grown = max(0, calls - before.get(key, 0))
            before[key] = calls
            text = " ".join(texts.get(key, key).split())
            if grown and 0 <= at_s <= run.length_s and not _BOOKKEEPING.search(text):
                yield at_s, text, grown


def _highest(run: RecordedRun, value: Callable[[Sample], float]) -> Points:
    highest: dict[int, float] = {}
    for sample in run.samples:
        at_s = float(sample["at_s"]) - run.t0 if "at_s" in sample else -1.0
        if 0 <= at_s < run.length_s:
            number = int(at_s / SLICE_S)
            highest[number] = max(highest.get(number, 0.0), value(sample))
    return _points(run, highest, nothing=None) if highest else []


def _points(run: RecordedRun, by_slice: Mapping[int, float], nothing: float | None) -> Points:
    last = int(run.length_s / SLICE_S)
    return [((n + 0.5) * SLICE_S, by_slice.get(n, nothing)) for n in range(last)]
