"""Where somebody is in the loop, and the one command to type next: a table, first match wins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

HINT_AFTER_FAILS = 2


@dataclass(frozen=True, slots=True)
class Place:
    """What decides the next step."""

    first_lab: int  # the lab to offer to somebody who has none in hand
    number: int | None = None  # the lab in hand
    workspace: bool = False
    changed: bool = False
    solved: bool = False
    broken: bool = False  # the outage was watched, in a run that ended or in one that was held
    unasked_break: bool = False  # there is a prediction to make before break
    unasked_check: bool = False
    fails: int = 0
    fails_since_hint: int = 0
    hints_left: int = 4
    undiagnosed: bool = False  # the lab asks for a diagnosis, and none was tried or skipped
    looked: bool = False  # it was held to be looked at, or diagnosed (or that was skipped)
    debriefed: bool = True


Row = tuple[Callable[[Place], bool], str]
STEPS: tuple[Row, ...] = (
    (lambda p: p.number is None, "./lab start {first_lab:02}"),
    (lambda p: not p.workspace, "./lab start {number:02}"),
    (lambda p: p.solved and not p.debriefed, "./lab debrief"),
    (lambda p: p.solved, "./lab next"),
    (lambda p: not p.broken and p.unasked_break, "./lab predict"),
    (lambda p: not p.broken, "./lab break"),
    (lambda p: not p.changed and p.undiagnosed, "./lab diagnose"),
    (lambda p: not p.changed and not p.looked, "./lab break --hold"),
    (lambda p: not p.changed, "./lab watch"),
    (
        lambda p: p.fails_since_hint >= HINT_AFTER_FAILS and p.hints_left > 0,
        "./lab hint",
    ),
    (lambda p: p.fails == 0 and p.unasked_check, "./lab predict"),
    (lambda p: p.fails == 0, "./lab check"),
    (lambda _p: True, "./lab watch"),
)


def next_step(place: Place) -> str:
    """Return the one command to type next."""
    for applies, command in STEPS:
        if applies(place):
            return command.format(first_lab=place.first_lab, number=place.number or 0)
    raise AssertionError("the last row always applies")
