"""Spreads a path of labs over the evenings until an interview; fewer evenings, fewer labs.

The last two evenings are for cards and rest. What is solved already is not planned again, and each
lab that was left out for want of time is named.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from labs.engine.catalogue import CHECKOUT, LabFolder, all_labs
from labs.engine.progress import Progress
from labs.loop.oncall import OPENS_AFTER
from labs.loop.standing import standing
from stack.trouble import Trouble

FIVE_WEEKS = CHECKOUT / "labs" / "paths" / "five-weeks.toml"
LAST_EVENINGS = 2


@dataclass(frozen=True, slots=True)
class Stop:
    """One lab on a path."""

    number: int
    keep: int
    theme: str


@dataclass(frozen=True, slots=True)
class Course:
    """A path: its stops in order, and the weekdays without work."""

    title: str
    stops: tuple[Stop, ...]
    rest_weekdays: frozenset[int]


@dataclass(frozen=True, slots=True)
class Night:
    """One evening: what to do, and the lab's number where it is one."""

    day: dt.date
    what: str
    number: int | None = None
    theme: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """The evenings, and what had to be left out."""

    nights: tuple[Night, ...]
    no_time_for: tuple[int, ...] = ()
    not_here: tuple[int, ...] = ()
    done: tuple[int, ...] = field(default=())


def read_path(file: Path = FIVE_WEEKS) -> Course:
    """Read a path."""
    raw = tomllib.loads(file.read_text(encoding="utf-8"))
    stops = [
        Stop(int(lab["number"]), int(lab["keep"]), str(week["title"]))
        for week in raw["week"]
        for lab in week["lab"]
    ]
    return Course(str(raw["title"]), tuple(stops), frozenset(raw.get("rest_weekdays", ())))


def day_of(typed: str, today: dt.date) -> dt.date:
    """Read a date that lies ahead."""
    try:
        day = dt.date.fromisoformat(typed.strip())
    except ValueError as error:
        example = (today + dt.timedelta(weeks=5)).isoformat()
        said = f"{typed!r} is no date; write year-month-day."
        raise Trouble(said, f"./lab plan --interview {example}") from error
    if day <= today:
        raise Trouble(f"{day} is not ahead of us.", "./lab plan --interview DATE")
    return day


def evenings(today: dt.date, interview: dt.date, rest: Collection[int]) -> list[dt.date]:
    """Return the evenings from today to the day before the interview, days of rest left out."""
    days = [today + dt.timedelta(days=n) for n in range((interview - today).days)]
    return [day for day in days if day.weekday() not in rest] or days


def make(
    path: Course,
    labs: Sequence[LabFolder],
    solved: Collection[int],
    today: dt.date,
    interview: dt.date,
) -> Plan:
    """Return the plan: labs evenly over the evenings, cards between them and at the end."""
    here = {folder.lab.number: folder for folder in labs}
    nights = evenings(today, interview, path.rest_weekdays)
    for_labs = nights[:-LAST_EVENINGS] if len(nights) > LAST_EVENINGS else nights[:1]
    wanted = [s for s in path.stops if s.number in here and s.number not in solved]
    kept = _kept(wanted, len(for_labs))
    on = {_spread(n, len(kept), len(for_labs)): stop for n, stop in enumerate(kept)}
    known = [len(path.stops) - len(wanted) + sum(at < n for at in on) for n in range(len(nights))]
    planned = tuple(
        _night(day, on.get(n), here, _between(n, known[n])) for n, day in enumerate(nights)
    )
    return Plan(
        planned,
        tuple(stop.number for stop in wanted if stop not in kept),
        tuple(stop.number for stop in path.stops if stop.number not in here),
        tuple(stop.number for stop in path.stops if stop.number in solved),
    )


def of_progress(progress: Progress, interview: dt.date, today: dt.date) -> Plan:
    """Return the five weeks for somebody who has solved what this progress says."""
    labs = all_labs()
    solved = {f.lab.number for f in labs if standing(progress.lab(f.lab.slug)).word == "solved"}
    return make(read_path(), labs, solved, today, interview)


def _kept(wanted: Sequence[Stop], room: int) -> list[Stop]:
    """Return as many stops as there is room for: the most worth keeping, in the path's order."""
    best = sorted(wanted, key=lambda stop: -stop.keep)[:room]
    return [stop for stop in wanted if stop in best]


def _spread(index: int, count: int, room: int) -> int:
    return index * room // count


def _night(day: dt.date, stop: Stop | None, here: dict[int, LabFolder], otherwise: str) -> Night:
    if stop is not None:
        lab = here[stop.number].lab
        return Night(day, f"{lab.title} ({lab.minutes} min)", stop.number, stop.theme)
    return Night(day, otherwise)


def _between(index: int, known: int) -> str:
    """Return what an evening without a lab is for; on call opens once enough labs are known."""
    if not known and not index:
        return "look around: ./lab demo"
    on_call = "on call, " if known >= OPENS_AFTER else ""
    return f"{on_call}cards, a design round, or finish what is open"
