"""The learner's loop as a list: what is done, and the one thing to do next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nicegui import ui

from labs.console.dom import button, heading, link, tag
from labs.console.frame import refused
from labs.console.lab_page import LabPage
from labs.engine.next_step import Place, next_step
from stack.trouble import Trouble


@dataclass(frozen=True, slots=True)
class Step:
    """One step; `command` is what the table of next steps calls it."""

    says: str
    commands: tuple[str, ...]
    where: str  # below the lab's address
    done: bool


def steps(one: LabPage) -> None:
    """Show the loop, and again whenever something was done."""
    with tag("section", classes="card", aria_labelledby="loop"):
        heading(2, "Where you are", id="loop")
        shown = tag("ol", classes="ticks")
        later = tag("div", classes="row")
        told = tag("div", role="status", aria_live="polite")

    def draw() -> None:
        shown.clear()
        place = one.hub.seen.place
        following = next_step(place)
        with shown:
            for step in of_place(place):
                _show(step, following, f"/lab/{one.folder.lab.number}")
        later.clear()
        if one.done.solved_at is None:
            with later:
                button("Leave it for later", lambda: _skip(one, told), "small")

    one.frame.follow(lambda: one.hub.seen.place, draw)


async def _skip(one: LabPage, told: Any) -> None:
    """Do what `lab skip` does, and go back to the labs."""
    try:
        trouble = (await one.hub.asides.run("skip", str(one.folder.lab.number))).trouble
    except Trouble as busy:
        trouble = busy
    one.hub.changed()
    if trouble is None:
        ui.navigate.to("/")
        return
    told.clear()
    with told:
        refused(trouble)


def of_place(place: Place) -> tuple[Step, ...]:
    """Return the steps of one lab, in their order."""
    early = not place.broken
    predicted = not (place.unasked_break if early else place.unasked_check)
    diagnosed = place.broken and not place.undiagnosed
    return (
        Step("Predict a number", ("./lab predict",), "#predict", predicted),
        Step("Break it and watch", ("./lab break",), "/watch", place.broken),
        Step("Say what you think it is", ("./lab diagnose",), "#diagnose", diagnosed),
        Step("Look around while it goes on", ("./lab break --hold",), "/watch", place.changed),
        Step("Repair the code, and check it", CHECKS, "/repair", place.solved),
        Step("Debrief", ("./lab debrief",), "/debrief", place.solved and place.debriefed),
    )


CHECKS = ("./lab check", "./lab watch", "./lab hint")


def _show(step: Step, following: str, base: str) -> None:
    now = following in step.commands
    kind = "now" if now else "done" * step.done
    with tag("li", classes=kind, aria_current="step" if now else False):
        link(step.says, step.where if step.where.startswith("#") else f"{base}{step.where}")
        if now:
            tag("span", " is next", "soft")
        elif step.done:
            tag("span", " (done)", "sr")
