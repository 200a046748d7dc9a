"""What happened during a run and when: `events.jsonl`, written while it happens.

One object per line: `{"at_s": epoch seconds, "kind": one of KINDS, "name": ..., "says": ...}`; more
keys may follow. It is written line by line so that somebody can watch, and so that a run that was
killed still says how far it came.
"""

import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

FILE_NAME = "events.jsonl"
Kind = Literal[
    "phase",
    "fault_on",
    "fault_off",
    "probe",
    "action",
    "guard",
    "instance",
    "partner",
    "cpu",
    "canary",
    "problem",
    "note",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
SHOWN = frozenset({"phase", "fault_on", "fault_off", "action", "note"})  # to somebody who watches


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened, in seconds since the start of the timeline."""

    at_s: float
    kind: str
    name: str
    says: str = ""
    spec: Mapping[str, Any] = field(default_factory=dict)  # of a fault


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of the timeline in which a fault was on."""

    name: str
    from_s: float
    to_s: float


class EventLog:
    """Appends events to a run's folder."""

    def __init__(self, run_dir: Path) -> None:
        self._path = run_dir / FILE_NAME

    def write(self, kind: Kind, name: str, says: str = "", **more: Any) -> None:
        """Note that something happens now."""
        line = {"at_s": time.time(), "kind": kind, "name": name, "says": says} | more
        with self._path.open("a") as file:
            file.write(json.dumps(line) + "\n")


def event_of(line: Mapping[str, Any], t0: float) -> Event:
    """Read one decoded line, placing it on a timeline that starts at `t0`."""
    return Event(
        at_s=float(line["at_s"]) - t0,
        kind=str(line["kind"]),
        name=str(line.get("name", "")),
        says=str(line.get("says", "")),
        spec=line.get("spec") or {},
    )


def windows(events: Iterable[Event], until_s: float) -> list[Window]:
    """Pair each fault's on with its off; one that is still on reaches to `until_s`."""
    on: dict[str, float] = {}
    found: list[Window] = []
    for event in sorted(events, key=lambda event: event.at_s):
        if event.kind == "fault_on":
            on.setdefault(event.name, event.at_s)
        elif event.kind == "fault_off" and event.name in on:
            found.append(Window(event.name, on.pop(event.name), event.at_s))
    found.extend(Window(name, from_s, until_s) for name, from_s in on.items())
    return sorted(found, key=lambda window: (window.from_s, window.name))
