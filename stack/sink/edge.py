"""What the edge says of a traced request, read as a span. Pure.

HAProxy speaks no OTLP. It sends one line of JSON per traced request, over UDP, as its log; the line
has the ids that it passed on and its own times, so it is a span in all but the encoding.
"""

import json
import re
from typing import Any

from stack.sink.otlp import MAX_VALUE_CHARS

SERVICE = "edge"
_TRACE_ID, _SPAN_ID = re.compile(r"[0-9a-f]{32}"), re.compile(r"[0-9a-f]{16}")
_WELL = "--"  # HAProxy's termination state of a request that nothing went wrong with
_ATTRIBUTES = {
    "method": "http.request.method",
    "path": "url.path",
    "status": "http.response.status_code",
    "server": "edge.server",
    "queue_ms": "edge.queue_ms",
    "connect_ms": "edge.connect_ms",
    "answer_ms": "edge.answer_ms",
    "tries": "edge.tries_again",
    "end": "edge.termination",
}


def read(datagram: bytes) -> dict[str, Any] | None:
    """Return the span of one line; None when it is no traced request, or not ours at all."""
    try:
        said = json.loads(datagram)
        if not isinstance(said, dict) or not _ids_are_valid(said):
            return None
        return _span(said)
    except (ValueError, KeyError, TypeError):
        return None


def _ids_are_valid(said: dict[str, Any]) -> bool:
    ids = (said["span_id"], said["parent_id"])
    return bool(_TRACE_ID.fullmatch(said["trace_id"])) and all(map(_SPAN_ID.fullmatch, ids))


def _span(said: dict[str, Any]) -> dict[str, Any]:
    failed = int(said["status"]) >= 500 or said["end"] != _WELL
    attributes = {name: said[key] for key, name in _ATTRIBUTES.items()}
    attributes["url.path"] = str(said["path"])[:MAX_VALUE_CHARS]
    return {
        "trace_id": said["trace_id"],
        "span_id": said["span_id"],
        "parent_id": said["parent_id"],
        "service": SERVICE,
        "instance": SERVICE,
        "name": f"edge {said['method']}"[:MAX_VALUE_CHARS],
        "kind": "server",
        "start_s": int(said["start_us"]) / 1e6,
        "end_s": int(said["end_us"]) / 1e6,
        "status": "error" if failed else "unset",
        "attributes": attributes,
    }
