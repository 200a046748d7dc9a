"""Traces of a run, from `spans.jsonl`: trees, where the time went, which ones were slow.

Two words this module measures. **Self time** of a span is the time in it that none of its children
covers: work of its own, or a wait that nobody instrumented. The **critical path** is the chain of
spans that the answer waited for: going back from the end of the root, always the child that ended
last. Making a span faster that is not on that path makes no request faster.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Self

FILE_NAME = "spans.jsonl"
SHORT_ID = 8
EDGE = "edge"
STATUS = "http.response.status_code"
_EPSILON_S = 2e-6  # the sink keeps microseconds: two spans that touch may overlap by one


@dataclass(frozen=True, slots=True)
class Span:
    """One line of `spans.jsonl`."""

    trace_id: str
    span_id: str
    parent_id: str | None
    service: str
    instance: str
    name: str
    kind: str
    start_s: float
    end_s: float
    status: str = "unset"
    attributes: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, line: Mapping[str, Any]) -> Self:
        """Read one decoded line; keys that a newer sink may add are ignored."""
        return cls(**{name: line[name] for name in cls.__slots__ if name in line})

    @property
    def took_ms(self) -> float:
        """How long the span was open."""
        return (self.end_s - self.start_s) * 1000

    @property
    def failed(self) -> bool:
        """Whether the service marked it as an error."""
        return self.status == "error"


@dataclass(frozen=True, slots=True)
class Node:
    """A span with its place in the tree."""

    span: Span
    depth: int
    self_ms: float
    critical: bool


@dataclass(frozen=True)
class Trace:
    """All spans of one trace that arrived; some may be missing."""

    trace_id: str
    spans: tuple[Span, ...]

    @cached_property
    def roots(self) -> tuple[Span, ...]:
        """The spans whose parent is not here, earliest first.

        The load generator starts each trace and sends no span of its own, and the relay joins
        seconds later: several roots are normal, the first one is the request.
        """
        ids = {span.span_id for span in self.spans}
        return _in_order(span for span in self.spans if span.parent_id not in ids)

    @cached_property
    def children(self) -> Mapping[str, tuple[Span, ...]]:
        """The children of each span by the parent's id, earliest first."""
        below: defaultdict[str, list[Span]] = defaultdict(list)
        for span in self.spans:
            if span.parent_id is not None:
                below[span.parent_id].append(span)
        return {parent: _in_order(spans) for parent, spans in below.items()}

    @property
    def root(self) -> Span:
        """The request itself."""
        return self.roots[0]

    @property
    def took_ms(self) -> float:
        """How long the request took (work that goes on after the answer does not count)."""
        return self.root.took_ms

    @cached_property
    def served(self) -> Span:
        """The span of the service that answered: behind the edge's, where the edge sent one."""
        behind = self.children.get(self.root.span_id, ()) if self.root.service == EDGE else ()
        return behind[0] if behind else self.root

    @property
    def route(self) -> str:
        """What was asked for, without the values in it (the edge knows paths, not routes)."""
        return self.served.name

    @property
    def instance(self) -> str:
        """Which instance answered."""
        return self.served.instance

    @property
    def status(self) -> int | None:
        """What the caller was answered; None where no span says so."""
        for span in (self.root, self.served):
            if said := span.attributes.get(STATUS):
                return int(said)
        return None

    @property
    def errors(self) -> int:
        """How many of its spans failed."""
        return sum(span.failed for span in self.spans)

    def self_ms(self, span: Span) -> float:
        """The time in a span that none of its children covers."""
        covered_s, reached_s = 0.0, span.start_s
        for child in self.children.get(span.span_id, ()):
            start_s = max(child.start_s, reached_s)
            end_s = min(child.end_s, span.end_s)
            if end_s > start_s:
                covered_s += end_s - start_s
                reached_s = end_s
        return max(0.0, span.took_ms - covered_s * 1000)

    @cached_property
    def critical_path(self) -> frozenset[str]:
        """The ids of the spans that the answer waited for."""
        path: set[str] = set()
        todo = [(self.root, self.root.end_s)]
        while todo:
            span, until_s = todo.pop()
            if span.span_id in path:
                continue
            path.add(span.span_id)
            for child in sorted(self.children.get(span.span_id, ()), key=lambda c: -c.end_s):
                if child.end_s <= until_s + _EPSILON_S:
                    todo.append((child, child.end_s))
                    until_s = child.start_s
        return frozenset(path)

    def tree(self) -> Iterator[Node]:
        """Every span in reading order: parents before children, earlier before later."""
        todo = [(span, 0) for span in reversed(self.roots)]
        seen: set[str] = set()
        while todo:
            span, depth = todo.pop()
            if span.span_id in seen:  # a span sent twice, or a loop: never walk in circles
                continue
            seen.add(span.span_id)
            yield Node(span, depth, self.self_ms(span), span.span_id in self.critical_path)
            below = self.children.get(span.span_id, ())
            todo.extend((child, depth + 1) for child in reversed(below))


def read(path: Path) -> list[Span]:
    """Read a run's spans; a last line that is still being written is left out."""
    try:
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return []
    return [Span.of(json.loads(line)) for line in lines[:-1] if line]


def traces(spans: Iterable[Span]) -> list[Trace]:
    """Put spans together into traces, in the order in which the requests started."""
    together: defaultdict[str, list[Span]] = defaultdict(list)
    for span in spans:
        together[span.trace_id].append(span)
    whole = [Trace(trace_id, tuple(members)) for trace_id, members in together.items()]
    return sorted((t for t in whole if t.roots), key=lambda trace: trace.root.start_s)


def slowest(found: Sequence[Trace], count: int = 10, route: str | None = None) -> list[Trace]:
    """Return the slowest traces, slowest first; `route` is any part of the root's name."""
    wanted = [trace for trace in found if route is None or route in trace.route]
    return sorted(wanted, key=lambda trace: -trace.took_ms)[:count]


def pair(before: Sequence[Trace], after: Sequence[Trace]) -> tuple[Trace, Trace] | None:
    """Pick the slowest request of a run, and the slowest on the same route in another run.

    Slowest beside slowest: a typical request beside the worst one would flatter the repair.
    """
    for worst in slowest(before, len(before)):
        same = slowest([trace for trace in after if trace.route == worst.route], 1)
        if same:
            return worst, same[0]
    return None


def find(found: Iterable[Trace], typed: str) -> list[Trace]:
    """Return the traces whose id ends (or starts) with what somebody typed."""
    part = typed.lower()
    return [t for t in found if t.trace_id.endswith(part) or t.trace_id.startswith(part)]


def short_id(trace: Trace) -> str:
    """Return the end of a trace's id: ids of one run begin alike, the load generator counts up."""
    return trace.trace_id[-SHORT_ID:]


def _in_order(spans: Iterable[Span]) -> tuple[Span, ...]:
    return tuple(sorted(spans, key=lambda span: (span.start_s, -span.end_s, span.span_id)))
