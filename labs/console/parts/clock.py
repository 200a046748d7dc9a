"""A clock that counts down and says when the time is over; nothing ends because of it."""

from __future__ import annotations

from collections.abc import Callable

from nicegui import ui

from labs.console.dom import words
from labs.loop.design.playing import clock as shown

EVERY_S = 1.0


def clock(name: str, left_s: Callable[[], float]) -> None:
    """Show the seconds that are left; not a live region, for nobody wants to hear every second."""
    said = words("span", _told(name, left_s()), "clock", role="timer", aria_live="off")

    def tick() -> None:
        left = left_s()
        said.text = _told(name, left)
        said.classes(replace="clock over" if left < 0 else "clock")

    ui.timer(EVERY_S, tick)


def _told(name: str, left: float) -> str:
    return f"{shown(left)} {name}" if left >= 0 else f"{shown(-left)} over the time"
