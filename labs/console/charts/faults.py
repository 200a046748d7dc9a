"""When which fault was on, in epoch seconds: what a chart shades."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from chaos.history import FILE_NAME
from chaos.words import described
from labs.console.charts.window import Window
from labs.engine.events import FILE_NAME as EVENTS
from labs.engine.events import Event, event_of, windows
from labs.engine.recorded import RecordedRun, all_runs
from labs.engine.tail import read_all
from stack.home import Home

RUNS_IN_SIGHT = 3  # that fit into a live window
SAME_WITHIN_S = 2.0  # the warden notes a fault just before the run does


@dataclass(frozen=True, slots=True)
class Shade:
    """A stretch of time in which a fault was on; `says` is for a table and for the ear."""

    name: str
    says: str
    from_s: float
    to_s: float


def of_home(home: Home, window: Window) -> list[Shade]:
    """Return the faults that were on within the window, whoever put them on."""
    found = shades(_events(home.run / FILE_NAME), window.ends_s)
    for run in all_runs(home.runs)[:RUNS_IN_SIGHT]:
        found = _called(found, shades(_events(run.folder / EVENTS), window.ends_s))
    return within(found, window)


def of_run(run: RecordedRun) -> list[Shade]:
    """Return the faults of one run by the names that its lab gives them."""
    found = shades(run.events, run.length_s)
    return [Shade(s.name, s.says, s.from_s + run.t0, s.to_s + run.t0) for s in found]


def shades(events: Iterable[Event], until_s: float) -> list[Shade]:
    """Pair the events; a fault that is still on reaches to `until_s`."""
    told = list(events)
    specs = {event.name: event.spec for event in told if event.kind == "fault_on"}
    return [
        Shade(on.name, described(dict(specs[on.name])), on.from_s, on.to_s)
        for on in windows(told, until_s)
    ]


def _events(path: Path) -> list[Event]:
    return [event_of(line, 0.0) for line in read_all(path)]


def _called(found: Iterable[Shade], of_lab: Iterable[Shade]) -> list[Shade]:
    """Give a fault the name that its lab has for it: the warden numbers what it is asked for."""
    names = list(of_lab)
    return [
        next(
            (
                replace(one, name=other.name)
                for other in names
                if other.says == one.says and abs(other.from_s - one.from_s) < SAME_WITHIN_S
            ),
            one,
        )
        for one in found
    ]


def within(found: Iterable[Shade], window: Window) -> list[Shade]:
    """Cut what reaches beyond the window, and leave out what lies outside."""
    begins_s, ends_s = float(window.begins_s), float(window.ends_s)
    return [
        Shade(one.name, one.says, max(one.from_s, begins_s), min(one.to_s, ends_s))
        for one in found
        if one.to_s > begins_s and one.from_s < ends_s
    ]
