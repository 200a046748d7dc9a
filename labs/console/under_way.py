"""The run that is under way, whoever started it: read from the files that it is writing."""

from __future__ import annotations

import contextlib
import fcntl
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labs.engine import events as happenings
from labs.engine.figures import Slice, Slices, is_request
from labs.engine.live import length_s, planned_s
from labs.engine.recorded import LEDGER, PLAN, VERDICT
from labs.engine.tail import Tail
from labs.loop.oncall import UNNAMED
from stack.home import Home

SHOWN_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Second:
    """What happened in one second of the timeline."""

    number: int
    offered: int
    good: int
    failed: int
    p50_ms: float | None
    p99_ms: float | None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A run, as far as it has come."""

    run_id: str
    now_s: float
    length_s: float
    seconds: tuple[Second, ...]
    on: tuple[str, ...]  # faults
    told: tuple[str, ...]  # what happened, the newest last

    @property
    def percent(self) -> int:
        """How much of the timeline is over."""
        return round(100 * min(1.0, max(0.0, self.now_s / self.length_s))) if self.length_s else 0


class UnderWay:
    """Looks for a run under way, and reads on where it stopped reading."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._reader: _Reader | None = None

    def look(self) -> Snapshot | None:
        """Return the run under way as it is now; None when none is."""
        if not _stage_is_taken(self._home):
            self._reader = None
            return None
        with contextlib.suppress(FileNotFoundError):  # the plan is away while its start is set
            self._take_up(_newest(self._home.runs))
        return self._reader.read(time.time()) if self._reader is not None else None

    def _take_up(self, folder: Path | None) -> None:
        """Read this run from now on; no plan is no news."""
        if folder is None:
            return
        written_ns = (folder / PLAN).stat().st_mtime_ns  # again, when the start is known
        if self._reader is None or self._reader.made_from != (folder, written_ns):
            plan = _plan(folder)
            self._reader = _Reader(folder, plan, written_ns) if "t0" in plan else None


class _Reader:
    """One run's files."""

    def __init__(self, folder: Path, plan: Mapping[str, Any], written_ns: int) -> None:
        self.folder = folder
        self.made_from = (folder, written_ns)
        self._t0 = float(plan["t0"])
        self._length_s = length_s(plan)
        self._tells = plan.get("lab") != UNNAMED  # on call nobody says what was done
        self._ledger = Tail(folder / LEDGER)
        self._log = Tail(folder / happenings.FILE_NAME)
        self._slices = Slices(self._t0, 1.0, planned_s(plan))
        self._events: list[happenings.Event] = []

    def read(self, now: float) -> Snapshot:
        for line in self._ledger.new():
            if is_request(line):
                self._slices.add(line)
        fresh = (happenings.event_of(line, self._t0) for line in self._log.new())
        shown = happenings.SHOWN if self._tells else frozenset[str]()
        self._events += [event for event in fresh if event.kind in shown]
        now_s = now - self._t0
        on = happenings.windows(self._events, now_s)
        recent = self._slices.recent(max(0.0, now_s), SHOWN_SECONDS)
        return Snapshot(
            self.folder.name,
            now_s,
            self._length_s,
            tuple(_second(one) for one in recent),
            tuple(window.name for window in on if window.to_s >= now_s),
            tuple(_told(event) for event in self._events[-4:]),
        )


def _second(one: Slice) -> Second:
    return Second(
        round(one.start_s),
        round(one.offered_rps),
        round(one.good_rps),
        round(one.failed_rps),
        one.latency_ms(50),
        one.latency_ms(99),
    )


def _told(event: happenings.Event) -> str:
    what = {"fault_on": "fault on", "fault_off": "fault off"}.get(event.kind, event.kind)
    return f"{max(event.at_s, 0.0):.1f} s: {what} {event.name}".rstrip()


def _stage_is_taken(home: Home) -> bool:
    """Whether a run holds the stage; a shared lock for a moment asks without taking it."""
    try:
        with (home.run / "experiment.lock").open("r") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def _newest(runs: Path) -> Path | None:
    plans = [path for path in runs.glob(f"*/{PLAN}") if not (path.parent / VERDICT).exists()]
    return max(plans, key=lambda path: path.stat().st_mtime).parent if plans else None


def _plan(folder: Path) -> Mapping[str, Any]:
    try:
        read = json.loads((folder / PLAN).read_text())
    except (OSError, ValueError):
        return {}
    return read if isinstance(read, dict) else {}
