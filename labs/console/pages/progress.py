"""How far you are: tonight, the score board, your predictions, the evenings that are left."""

from __future__ import annotations

from labs.console.dom import heading, link, tag
from labs.console.frame import page
from labs.console.hub import Hub
from labs.console.parts.calibration import calibration
from labs.console.parts.evenings import evenings
from labs.console.parts.tonight import tonight
from labs.engine.catalogue import all_labs
from labs.loop import board as scores


def show(hub: Hub) -> None:
    """Build the page."""
    with page(hub, "Progress", "/progress") as frame:
        heading(1, "How far you are")
        tag("p", "What you did, how well you guessed, and the evenings that are left.", "lead")
        with tag("div", classes="two"):
            with tag("div"):
                shown = tag("div")
            with tag("div"):
                worth = tag("div")
                evenings(hub)

        def draw() -> None:
            for place, part in ((worth, _tonight), (shown, _scores)):
                place.clear()
                with place:
                    part(hub)

        frame.follow(lambda: hub.seen.changed_at, draw)


def _tonight(hub: Hub) -> None:
    tonight(hub, says_rest=True)


def _scores(hub: Hub) -> None:
    progress, labs = hub.session.progress, all_labs()
    rows = scores.rows(labs, progress)
    with tag("section", classes="card", aria_labelledby="board"):
        heading(2, "The labs", id="board")
        tag("p", scores.count(rows))
        if line := scores.on_call(progress):
            tag("p", line)
        with tag("ol", classes="scores"):
            for row in rows:
                with tag("li"):
                    tag("span", f"{row['number']:02}", "no", aria_hidden="true")
                    with tag("div"):
                        link(row["title"], f"/lab/{row['number']}")
                        tag("p", scores.told(row), "soft small")
    calibration(labs, progress)
