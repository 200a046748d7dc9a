"""Reading a ledger: what was planned, what was sent, what came back, and can we trust it?

The drive writes one JSON object per request and a summary as the last line. Everything a grader
or a report asks of it is a small pure function here.

- offered load: requests that were *planned* in a second, whatever became of them.
- goodput: answers that were *good* (by default: below 400, no error), counted when they arrived.
- latency: from the planned moment, not from the send. A user who could not even be sent yet is
  waiting too; measuring from the send forgets them (coordinated omission).
- schedule error: how late a request was sent by the generator's own fault. Time spent waiting for
  the server to accept a connection is not the generator's.
"""

import json
import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

HONEST_ERROR_MS = 50.0  # p99 of the schedule error
HONEST_SHARE = 0.9  # sent of planned


@dataclass(frozen=True, slots=True)
class Row:
    """One request of a run; times are epoch seconds."""

    n: int  # number of the arrival
    phase: str
    name: str
    method: str
    path: str
    planned_s: float
    sent_s: float | None  # None: the generator never got to try
    done_s: float
    status: int  # 0: no answer
    step: int = 1  # of a user who asks several things in sequence
    connect_s: float = 0.0
    location: str | None = None
    error: str | None = None
    bytes: int = 0
    trace_id: str | None = None
    note: str | None = None
    base_url: str | None = None  # only where it is not the phase's
    body: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def good(self) -> bool:
        """Whether a user would call this an answer."""
        return self.error is None and 200 <= self.status < 400

    @property
    def latency_ms(self) -> float:
        """From the moment it was due until the answer was complete (or given up)."""
        return (self.done_s - self.planned_s) * 1000

    @property
    def schedule_error_ms(self) -> float:
        """How late it was sent, less what the server kept us waiting for a connection."""
        if self.sent_s is None:
            return (self.done_s - self.planned_s) * 1000
        return max(0.0, self.sent_s - self.planned_s - self.connect_s) * 1000


Good = Callable[[Row], bool]
_FIELDS = frozenset(field.name for field in fields(Row))


@dataclass(frozen=True, slots=True)
class Ledger:
    """All rows of a run in the order of time, and the drive's own summary (empty while it runs)."""

    rows: tuple[Row, ...]
    summary: Mapping[str, Any]

    def by_phase(self) -> dict[str, tuple[Row, ...]]:
        """Return the rows of each phase."""
        return group(self.rows, lambda row: row.phase)

    def by_name(self) -> dict[str, tuple[Row, ...]]:
        """Return the rows of each kind of request."""
        return group(self.rows, lambda row: row.name)


def load(path: Path) -> Ledger:
    """Read a ledger from disk; a last line that is still being written is left out."""
    with path.open(encoding="utf-8") as lines:
        return parse(lines)


def parse(lines: Iterable[str]) -> Ledger:
    """Read a ledger from its lines."""
    rows: list[Row] = []
    summary: Mapping[str, Any] = {}
    for line in lines:
        if not line.endswith("}\n"):
            continue
        entry = json.loads(line)
        if "summary" in entry:
            summary = entry["summary"]
        else:
            rows.append(row_of(entry))
    rows.sort(key=lambda row: (row.planned_s, row.n, row.step))
    return Ledger(tuple(rows), summary)


def row_of(entry: Mapping[str, Any]) -> Row:
    """Build a row; fields that a newer drive may add are ignored."""
    return Row(**{name: value for name, value in entry.items() if name in _FIELDS})


def group(rows: Iterable[Row], key: Callable[[Row], str]) -> dict[str, tuple[Row, ...]]:
    """Return the rows for each value of a key, in their order."""
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return {value: tuple(members) for value, members in groups.items()}


def percentile(values: Sequence[float], per_cent: float) -> float:
    """Return the smallest value that at least `per_cent` of all are not above (nearest rank).

    No interpolation: the answer is always a value that was really measured. NaN for no values.
    """
    if not values:
        return math.nan
    rank = max(1, math.ceil(round(per_cent * len(values) / 100, 9)))
    return sorted(values)[rank - 1]


def good(row: Row) -> bool:
    """Tell whether a user would call this an answer."""
    return row.good


def offered_per_s(rows: Iterable[Row], t0: float) -> dict[int, int]:
    """Count what was planned in each second of the timeline."""
    return _count_per_s(int(row.planned_s - t0) for row in rows)


def goodput_per_s(rows: Iterable[Row], t0: float, is_good: Good = good) -> dict[int, int]:
    """Count the good answers that arrived in each second of the timeline."""
    return _count_per_s(int(row.done_s - t0) for row in rows if is_good(row))


def errors_per_s(rows: Iterable[Row], t0: float, is_good: Good = good) -> dict[int, int]:
    """Count the requests that were given up or answered badly in each second of the timeline."""
    return _count_per_s(int(row.done_s - t0) for row in rows if not is_good(row))


def _count_per_s(seconds: Iterable[int]) -> dict[int, int]:
    counts: dict[int, int] = defaultdict(int)
    for second in seconds:
        counts[second] += 1
    return dict(sorted(counts.items()))


def latency_ms(rows: Iterable[Row], per_cent: float, is_good: Good = good) -> float:
    """Return a percentile of the latency of good answers; NaN where there were none."""
    return percentile([row.latency_ms for row in rows if is_good(row)], per_cent)


def schedule_error_ms(rows: Iterable[Row], per_cent: float = 99.0) -> float:
    """Return a percentile of how late the generator itself was."""
    return percentile([row.schedule_error_ms for row in rows], per_cent)


def share_good(rows: Sequence[Row], is_good: Good = good) -> float:
    """Return the good ones' share of all that was planned; NaN where nothing was."""
    return sum(map(is_good, rows)) / len(rows) if rows else math.nan


@dataclass(frozen=True, slots=True)
class Honesty:
    """Whether the generator did what the plan says; `why` is a sentence if it did not."""

    honest: bool
    why: str = ""


def honesty(
    planned: int, sent: int, error_p99_ms: float, limit_ms: float = HONEST_ERROR_MS
) -> Honesty:
    """Decide: nothing planned, too little sent or sent too late is not a measurement."""
    if planned == 0:
        return Honesty(honest=False, why="nothing was planned")
    if sent < HONEST_SHARE * planned:
        return Honesty(honest=False, why=f"only {sent} of {planned} requests could be sent")
    if error_p99_ms > limit_ms:
        late = f"1 of 100 requests was sent {error_p99_ms:.0f} ms late or later"
        return Honesty(honest=False, why=f"{late} (up to {limit_ms:.0f} is fine)")
    return Honesty(honest=True)


def honest(rows: Sequence[Row], limit_ms: float = HONEST_ERROR_MS) -> Honesty:
    """Judge rows, say those of one phase."""
    sent = sum(row.sent_s is not None for row in rows)
    return honesty(len(rows), sent, schedule_error_ms(rows), limit_ms)


def tail(path: Path, offset: int = 0) -> tuple[list[Row], int]:
    """Return the rows written since `offset`, and where to go on: for a live view of a run."""
    with path.open("rb") as ledger:
        ledger.seek(offset)
        new = ledger.read()
    whole = new[: new.rfind(b"\n") + 1]
    entries: Iterator[Any] = (json.loads(line) for line in whole.splitlines())
    return [row_of(entry) for entry in entries if "summary" not in entry], offset + len(whole)
