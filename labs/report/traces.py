"""One slow request before, and the same route after, as rows with bars on one scale."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from labs.engine import spans, waterfall
from labs.engine.recorded import RecordedRun
from labs.engine.spans import Trace

UNSAID = "work that the broken version does not do"
MOST_ROWS = 30


@dataclass(frozen=True, slots=True)
class Bar:
    """One row: a span (or several alike), where its bar begins and how long it is, in percent."""

    label: str
    depth: int
    at_ms: float
    took_ms: float
    left: float
    width: float
    waited: bool
    failed: bool


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two requests."""

    name: str
    run_id: str
    trace_id: str
    route: str
    instance: str
    took_ms: float
    spans: int
    errors: int
    bars: tuple[Bar, ...]


def side_by_side(before: RecordedRun, after: RecordedRun, *, how: bool) -> tuple[Side, Side] | None:
    """Pick the slowest request of the first run and the slowest on its route in the second.

    Unless `how`, steps of the second that no request of the first ever took keep their length and
    lose their name: the report shows that a repair holds, not how it was done.
    """
    both = spans.pair(before.main_traces, after.main_traces)
    if both is None:
        return None
    scale_ms = max(trace.took_ms for trace in both) or 1.0
    known = {span.name for trace in before.traces for span in trace.spans}
    first = _side("before", before.run_id, both[0], scale_ms, None)
    return first, _side("after", after.run_id, both[1], scale_ms, None if how else known)


def _side(
    name: str, run_id: str, trace: Trace, scale_ms: float, known: AbstractSet[str] | None
) -> Side:
    return Side(
        name=name,
        run_id=run_id,
        trace_id=trace.trace_id,
        route=trace.route,
        instance=trace.instance,
        took_ms=trace.took_ms,
        spans=len(trace.spans),
        errors=trace.errors,
        bars=tuple(_bars(trace, scale_ms, known))[:MOST_ROWS],
    )


def _bars(trace: Trace, scale_ms: float, known: AbstractSet[str] | None) -> Iterator[Bar]:
    for row in waterfall.rows(trace):
        if row.at_ms > scale_ms:
            continue
        said = row.name if known is None or row.name in known else UNSAID
        left = max(0.0, 100 * row.at_ms / scale_ms)
        yield Bar(
            label=f"{said} x {row.count}" if row.count > 1 else said,
            depth=min(row.depth, 6),
            at_ms=row.at_ms,
            took_ms=row.took_ms,
            left=round(min(left, 99.5), 2),
            width=round(max(min(100 * row.took_ms / scale_ms, 100 - left), 0.4), 2),
            waited=row.critical,
            failed=row.failed,
        )
