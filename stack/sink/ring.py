"""The newest traces in memory, whole traces at a time, oldest out first."""

import json
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import Any

from stack.sink.span import summary

Lines = Sequence[bytes]


class Ring:
    """At most `max_spans` spans; they are kept as encoded lines, a fifth of the size of dicts."""

    def __init__(self, max_spans: int) -> None:
        self.max_spans = max_spans
        self.spans = 0
        self._lines: OrderedDict[str, list[bytes]] = OrderedDict()

    def add(self, trace_id: str, line: bytes) -> None:
        """Keep one span; when that is one too many, the trace that came first goes."""
        self._lines.setdefault(trace_id, []).append(line)
        self.spans += 1
        while self.spans > self.max_spans:
            _, gone = self._lines.popitem(last=False)
            self.spans -= len(gone)

    def trace(self, trace_id: str) -> list[dict[str, Any]]:
        """Return the spans of one trace, none when it is not here (any more)."""
        return _decoded(self._lines.get(trace_id, ()))

    def snapshot(self) -> list[Lines]:
        """Return what is here now, for a reader in another thread."""
        return [tuple(lines) for lines in self._lines.values()]


def slowest(traces: Iterable[Lines], count: int, route: str | None = None) -> list[dict[str, Any]]:
    """Return summaries of the slowest traces, slowest first; `route` is part of a root's name."""
    seen = (summary(_decoded(lines)) for lines in traces)
    wanted = (trace for trace in seen if route is None or route in trace["name"])
    return sorted(wanted, key=lambda trace: -trace["took_ms"])[:count]


def _decoded(lines: Lines) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines]
