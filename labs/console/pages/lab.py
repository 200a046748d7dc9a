"""What every page of a lab has: its name, the way between its pages, and what can be run."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from labs.console.dom import heading, link, tag
from labs.console.frame import page, refused
from labs.console.hub import Hub
from labs.console.lab_page import LabPage
from labs.console.pages.board import back
from labs.console.parts.run_bar import run_bar
from labs.console.parts.start import start
from labs.engine.catalogue import find
from stack.trouble import Trouble

TABS = (("Story", ""), ("Watch", "/watch"), ("Repair", "/repair"), ("Debrief", "/debrief"))


@contextlib.contextmanager
def lab_page(hub: Hub, number: int, here: str) -> Iterator[LabPage | None]:
    """Build the head of a lab's page; None where there is no more to show than the head."""
    try:
        folder = find(str(number))
    except Trouble as trouble:
        with page(hub, "No such lab"):
            heading(1, "There is no such lab")
            refused(trouble)
            back()
            yield None
        return
    name = next(name for name, to in TABS if to == here)
    lab = folder.lab
    in_hand = hub.in_hand(folder)
    with page(hub, f"{name}, lab {lab.number:02}: {lab.title}") as frame:
        tag("p", f"Lab {lab.number:02} · level {lab.level} · {lab.minutes} minutes", "kicker")
        heading(1, lab.title)
        if in_hand or here == "/debrief":
            _tabs(number, here)
        if in_hand:
            run_bar(frame, hub, folder)
        elif here != "/debrief":
            start(frame, hub, folder)
        shown = in_hand or here == "/debrief"
        yield LabPage(hub, frame, folder, in_hand) if shown else None


def _tabs(number: int, here: str) -> None:
    with tag("nav", classes="tabs", aria_label="This lab"):
        for name, to in TABS:
            link(name, f"/lab/{number}{to}", aria_current="page" if to == here else False)
