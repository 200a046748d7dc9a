"""Writing a ledger: a row per request as it ends, the summary as the last line."""

import json
import resource
import secrets
import time
from array import array
from collections import Counter
from dataclasses import dataclass
from typing import Any, TextIO

from loadtests.ledger import honesty, percentile
from loadtests.plan import Phase
from loadtests.users import Request
from loadtests.wire import Exchange

_ELSEWHERE = "location"  # answered, but pointing somewhere else than it must


@dataclass(frozen=True, slots=True)
class Due:
    """One request whose moment has come."""

    n: int
    step: int
    phase: Phase
    request: Request
    planned_s: float
    trace_id: str


class Recorder:
    """Streams rows into an open file and keeps the counts that the summary needs."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._trace_prefix = secrets.token_hex(6)  # traces of two runs never share an id
        self._statuses: Counter[str] = Counter()
        self._errors: Counter[str] = Counter()
        self._schedule_error_ms = array("d")
        self._sent = 0
        self._due = 0
        self._in_plan = 0
        self._t0 = 0.0
        self._last_done_s = 0.0

    def start(self, t0: float, in_plan: int) -> None:
        """Say when the timeline starts; CPU time counts from here."""
        self._t0, self._in_plan = t0, in_plan
        self._began = (_cpu_s(), time.perf_counter())

    def due(self) -> None:
        """Count an arrival whose moment has come."""
        self._due += 1

    def trace_id(self, n: int, step: int) -> str:
        """Return 32 hex digits, never used before."""
        return f"{self._trace_prefix}{step & 0xFFFF:04x}{n + 1:016x}"

    def row(self, due: Due, happened: Exchange) -> None:
        """Write one request down."""
        request = due.request
        location = happened.headers.get("location")
        error = happened.error
        expected = request.expect_location
        if (
            error is None
            and expected is not None
            and happened.status < 400
            and location != expected
        ):
            error = _ELSEWHERE
        entry: dict[str, Any] = {
            "n": due.n,
            "phase": due.phase.name,
            "name": request.name,
            "method": request.method,
            "path": request.path,
            "planned_s": round(due.planned_s, 6),
            "sent_s": None if happened.sent_s is None else round(happened.sent_s, 6),
            "done_s": round(happened.done_s, 6),
            "status": happened.status,
            "location": location,
            "error": error,
            "bytes": len(happened.body),
            "trace_id": due.trace_id,
        }
        entry.update(_sometimes(due, happened))
        self._out.write(json.dumps(entry, separators=(",", ":")) + "\n")
        self._count(due.planned_s, happened, error)

    def _count(self, planned_s: float, happened: Exchange, error: str | None) -> None:
        sent_s = happened.done_s if happened.sent_s is None else happened.sent_s
        self._sent += happened.sent_s is not None
        self._schedule_error_ms.append(max(0.0, sent_s - planned_s - happened.connect_s) * 1000)
        self._last_done_s = max(self._last_done_s, happened.done_s)
        self._statuses[str(happened.status)] += 1
        if error is not None:
            self._errors[error] += 1

    def flush(self) -> None:
        """Let a live view see what is done so far."""
        self._out.flush()

    def finish(self, *, interrupted: bool) -> None:
        """Write the summary."""
        summary = self.summary(interrupted=interrupted)
        self._out.write(json.dumps({"summary": summary}) + "\n")
        self._out.flush()

    def summary(self, *, interrupted: bool) -> dict[str, Any]:
        """Sum up: planned counts every request that became due, also the later steps of a user."""
        planned = len(self._schedule_error_ms)
        error_p99_ms = percentile(self._schedule_error_ms, 99)
        judged = honesty(planned, self._sent, error_p99_ms)
        cpu_s, seconds = _cpu_s() - self._began[0], time.perf_counter() - self._began[1]
        answered = planned - self._statuses["0"]
        return {
            "t0": self._t0,
            "planned": planned,
            "sent": self._sent,
            "answered": answered,
            "in_plan": self._in_plan,
            "not_due": self._in_plan - self._due,
            "schedule_error_p50_ms": _shown(percentile(self._schedule_error_ms, 50)),
            "schedule_error_p99_ms": _shown(error_p99_ms),
            "schedule_error_max_ms": _shown(max(self._schedule_error_ms, default=0.0)),
            "statuses": dict(sorted(self._statuses.items())),
            "errors": dict(sorted(self._errors.items())),
            "seconds": round(seconds, 3),
            "cpu_share": round(cpu_s / seconds, 3),
            "honest": judged.honest,
            "why": judged.why,
            "interrupted": interrupted,
        }


def _sometimes(due: Due, happened: Exchange) -> dict[str, Any]:
    """Return what most rows do without."""
    request, phase = due.request, due.phase
    parts: dict[str, Any] = {}
    if due.step > 1:
        parts["step"] = due.step
    if happened.connect_s:
        parts["connect_s"] = round(happened.connect_s, 6)
    if request.note is not None:
        parts["note"] = request.note
    if request.base_url is not None and request.base_url != phase.base_url:
        parts["base_url"] = request.base_url
    if phase.keep_body:
        parts["body"] = happened.body.decode("utf-8", "replace")
    if phase.keep_headers:
        parts["headers"] = {n: v for n, v in happened.headers.items() if n in phase.keep_headers}
    return parts


def _shown(value_ms: float) -> float | None:
    return None if value_ms != value_ms else round(value_ms, 3)  # noqa: PLR0124 - NaN is no JSON


def _cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime
