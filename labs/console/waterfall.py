"""A trace as rows of a page: where each bar begins, how long it is, and what was said meanwhile.

What goes on after the answer (the relay, Kafka, analytics) is a section of its own with a scale of
its own: seconds later on the scale of a request of milliseconds would leave nothing to see of it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from labs.engine import spans
from labs.engine import waterfall as text
from labs.engine.logs import LogLine
from labs.engine.spans import Trace
from labs.engine.waterfall import Row

NARROWEST_PERCENT = 0.4
REQUEST, AFTERWARDS = "The request", "After the answer"
_OUR_FIELDS = {"trace_id", "timestamp", "time", "service", "instance", "logger", "level"}
_WORDS = ("message", "event")


@dataclass(frozen=True, slots=True)
class Bar:
    """One span (or `count` alike, one after the other); `critical`: the answer waited for it."""

    span_id: str
    name: str
    service: str
    instance: str
    depth: int
    at_ms: float
    took_ms: float
    self_ms: float
    left_percent: float
    width_percent: float
    status: str
    critical: bool
    count: int
    detail: str
    attributes: Mapping[str, str]

    @property
    def failed(self) -> bool:
        """Whether the service marked it as an error."""
        return self.status == "error"

    @property
    def says(self) -> str:
        """The bar in words: for a screen reader, and where there is no room for a bar."""
        times = f" {self.count} times" if self.count > 1 else ""
        failed = ", failed" if self.failed else ""
        began = f"began at {self.at_ms:.1f} ms, took {self.took_ms:.1f} ms"
        return f"{self.name}{times} on {self.instance}: {began}{failed}"


@dataclass(frozen=True, slots=True)
class Section:
    """Bars on one scale: from `from_ms` after the request began, for `took_ms`."""

    title: str
    from_ms: float
    took_ms: float
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """A log line of the trace; `at_ms` counts from the begin of the request, None when unsaid."""

    at_ms: float | None
    component: str
    level: str
    words: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Waterfall:
    """Everything that a page shows of one trace."""

    trace_id: str
    short_id: str
    route: str
    instance: str
    started_s: float
    took_ms: float
    errors: int
    sections: tuple[Section, ...]
    log: tuple[Said, ...]

    @property
    def services(self) -> tuple[str, ...]:
        """Who took part, in order of appearance."""
        bars = (bar for section in self.sections for bar in section.bars)
        return tuple(dict.fromkeys(bar.service for bar in bars))


def waterfall(trace: Trace, said: Iterable[LogLine] = ()) -> Waterfall:
    """Lay a trace out; `said` are its log lines (`labs.engine.traces.said_about`)."""
    return Waterfall(
        trace_id=trace.trace_id,
        short_id=spans.short_id(trace),
        route=trace.route,
        instance=trace.instance,
        started_s=trace.root.start_s,
        took_ms=trace.took_ms,
        errors=trace.errors,
        sections=tuple(_sections(trace)),
        log=tuple(_said(line, trace.root.start_s) for line in said),
    )


def slow(traces: Sequence[Trace], count: int = 10) -> list[Trace]:
    """Return the slowest, slowest first."""
    return spans.slowest(traces, count)


def failed(traces: Iterable[Trace], count: int = 10) -> list[Trace]:
    """Return those in which something failed, the newest first."""
    found = [trace for trace in traces if trace.errors]
    return sorted(found, key=lambda trace: -trace.root.start_s)[:count]


def _sections(trace: Trace) -> Iterable[Section]:
    rows = text.rows(trace)
    during = [row for row in rows if row.at_ms < trace.took_ms or row.span is trace.root]
    later = [row for row in rows if row not in during]
    yield _section(REQUEST, during, 0.0, trace.took_ms)
    if later:
        from_ms = min(row.at_ms for row in later)
        ends_ms = max(row.at_ms + row.took_ms for row in later)
        yield _section(AFTERWARDS, later, from_ms, ends_ms - from_ms)


def _section(title: str, rows: Sequence[Row], from_ms: float, took_ms: float) -> Section:
    least = min(row.depth for row in rows)
    bars = tuple(_bar(row, row.depth - least, from_ms, took_ms) for row in rows)
    return Section(title, from_ms, took_ms, bars)


def _bar(row: Row, depth: int, from_ms: float, scale_ms: float) -> Bar:
    left, width = _place(row.at_ms - from_ms, row.took_ms, scale_ms)
    return Bar(
        span_id=row.span.span_id,
        name=row.name,
        service=row.span.service,
        instance=row.instance,
        depth=depth,
        at_ms=row.at_ms,
        took_ms=row.took_ms,
        self_ms=row.self_ms,
        left_percent=left,
        width_percent=width,
        status=row.span.status,
        critical=row.critical,
        count=row.count,
        detail=row.detail,
        attributes={name: str(value) for name, value in row.span.attributes.items()},
    )


def _place(at_ms: float, took_ms: float, scale_ms: float) -> tuple[float, float]:
    """Return left and width in percent; a bar never leaves the picture and is never invisible."""
    if scale_ms <= 0:
        return 0.0, 100.0
    left = min(max(100 * at_ms / scale_ms, 0.0), 100 - NARROWEST_PERCENT)
    width = min(max(100 * took_ms / scale_ms, NARROWEST_PERCENT), 100 - left)
    return round(left, 3), round(width, 3)


def _said(line: LogLine, began_s: float) -> Said:
    words = next((str(line.said[key]) for key in _WORDS if line.said.get(key)), "")
    more = {k: str(v) for k, v in line.said.items() if k not in {*_OUR_FIELDS, *_WORDS}}
    at_s = _epoch_s(line.at)
    at_ms = None if at_s is None else round((at_s - began_s) * 1000, 3)
    return Said(at_ms, line.component, str(line.said.get("level", "")), words, more)


def _epoch_s(at: str) -> float | None:
    try:
        return datetime.fromisoformat(at).timestamp()
    except ValueError:
        return None
