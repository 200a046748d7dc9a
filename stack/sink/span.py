"""One span as the lab keeps it: a flat mapping, one line of JSON in `spans.jsonl`."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from stack.sink.edge import SERVICE

SpanLine = Mapping[str, Any]


def encode(span: SpanLine) -> bytes:
    """Return the span as one line, newline included."""
    return json.dumps(span, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def roots(spans: Iterable[SpanLine]) -> list[SpanLine]:
    """Return the spans whose parent is not in the trace, earliest first.

    The load generator starts every trace and exports no span of its own, so the first span
    of a service usually has a parent that nobody ever sees. That one is the root.
    """
    known = list(spans)
    ids = {span["span_id"] for span in known}
    orphans = [span for span in known if span["parent_id"] not in ids]
    return sorted(orphans, key=lambda span: (span["start_s"], span["span_id"]))


def summary(spans: Sequence[SpanLine]) -> dict[str, Any]:
    """Say what one trace was: its root, how long that took, how many spans, how many failed."""
    root = roots(spans)[0]
    served = _served(spans, root)
    return {
        "trace_id": root["trace_id"],
        "name": served["name"],
        "service": served["service"],
        "instance": served["instance"],
        "start_s": root["start_s"],
        "took_ms": round((root["end_s"] - root["start_s"]) * 1000, 3),
        "spans": len(spans),
        "errors": sum(span["status"] == "error" for span in spans),
    }


def _served(spans: Iterable[SpanLine], root: SpanLine) -> SpanLine:
    """Return the span behind the edge's: the edge knows paths, the service knows its routes."""
    if root["service"] != SERVICE:
        return root
    behind = [span for span in spans if span["parent_id"] == root["span_id"]]
    return min(behind, key=lambda span: float(span["start_s"]), default=root)
