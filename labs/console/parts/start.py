"""Begins a lab: the workspace becomes its project, the stack runs it."""

from __future__ import annotations

from nicegui import ui
from nicegui.element import Element

from labs.console.dom import button, heading, tag
from labs.console.frame import Frame, refused
from labs.console.hub import Hub
from labs.console.parts.asking import agreed
from labs.engine.catalogue import LabFolder
from stack.trouble import Trouble


def start(frame: Frame, hub: Hub, folder: LabFolder) -> None:
    """Offer to begin this lab, and show what happens while it does."""
    with tag("section", classes="card", aria_labelledby="begin"):
        heading(2, "Begin this lab", id="begin")
        tag("p", "Its project is laid out in your workspace, and the stack runs it:")
        with tag("p"):
            tag("code", str(hub.session.workspace.path))
        with tag("div", classes="row"):
            pressed = button("Start lab", lambda: _start(hub, folder, told), "main")
        told = tag("div", role="status", aria_live="polite")

    def draw() -> None:
        job = hub.job
        pressed.props["disabled"] = job is not None
        if job is not None and job.verb == "start":
            told.clear()
            with told:
                tag("p", "Laying out the project and starting the stack ...", "soft")

    frame.follow(lambda: hub.seen.job_at, draw)


async def _start(hub: Hub, folder: LabFolder, told: Element) -> None:
    workspace = hub.session.workspace
    number = folder.lab.number
    question = f"{workspace.path} has work in it. A copy is kept. Start lab {number:02}?"
    if workspace.has_unsaved_work() and not await agreed(question, "Keep a copy and start"):
        return
    await begin(hub, number, told)


async def begin(hub: Hub, number: int, told: Element) -> None:
    """Run `lab start`, then show the story."""
    try:
        trouble = (await hub.jobs.run("start", str(number), "--yes")).trouble
    except Trouble as busy:
        trouble = busy
    hub.changed()
    if trouble is None:
        ui.navigate.to(f"/lab/{number}")
        return
    told.clear()
    with told:
        refused(trouble)
