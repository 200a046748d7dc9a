"""The evenings until an interview, one after the other: what `lab plan` makes."""

from __future__ import annotations

import datetime as dt
from itertools import groupby
from typing import Any

from labs.console.dom import Field, button, heading, link, tag
from labs.console.frame import refused
from labs.console.hub import Hub
from labs.loop import plan as planning
from stack.trouble import Trouble

LEFT = (
    ("done", "solved already"),
    ("no_time_for", "left out for want of evenings"),
    ("not_here", "not in this checkout"),
)


def evenings(hub: Hub) -> None:
    """Ask for the day, and show the evenings until then."""
    with tag("section", classes="card stack", aria_labelledby="plan"):
        heading(2, "Until your interview", id="plan")
        with tag("div", classes="row end"):
            day = Field("The day of it", "date", value=hub.session.progress.interview)
            button("Plan the evenings", lambda: _plan(hub, day, told), "small")
        told = tag("div", role="status", aria_live="polite")
    with told:
        _show(hub)


async def _plan(hub: Hub, day: Field, told: Any) -> None:
    try:
        planning.day_of(day.value, _today())
        trouble = (await hub.asides.run("plan", "--interview", day.value, "--json")).trouble
    except Trouble as wrong:
        trouble = wrong
    hub.changed()
    told.clear()
    with told:
        if trouble is not None:
            refused(trouble)
        else:
            _show(hub)


def _today() -> dt.date:
    return dt.datetime.now().astimezone().date()


def _show(hub: Hub) -> None:
    known = hub.session.progress
    if not known.interview:
        tag("p", "Say when it is, and the labs are spread over the evenings.", "soft")
        return
    today = _today()
    try:
        made = planning.of_progress(known, planning.day_of(known.interview, today), today)
    except Trouble as over:
        refused(over)
        return
    tag("p", f"{len(made.nights)} evenings until {known.interview}.")
    for theme, nights in groupby(made.nights, key=_Themes()):
        if theme:
            tag("h3", theme)
        with tag("ol", classes="nights"):
            for night in nights:
                _night(night)
    for name, words in LEFT:
        if numbers := getattr(made, name):
            tag("p", f"{words}: {', '.join(f'{n:02}' for n in numbers)}", "soft small")


class _Themes:
    """The theme that an evening belongs to: the last one that was named."""

    def __init__(self) -> None:
        self._theme = ""

    def __call__(self, night: planning.Night) -> str:
        self._theme = night.theme or self._theme
        return self._theme


def _night(night: planning.Night) -> None:
    with tag("li"):
        tag("span", f"{night.day:%a %m-%d}", "num soft")
        if night.number:
            link(f"{night.number:02} {night.what}", f"/lab/{night.number}")
        else:
            tag("span", night.what)
