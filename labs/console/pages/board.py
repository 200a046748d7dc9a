"""The score board: every lab by number and title; its name only once it is solved."""

from __future__ import annotations

from typing import Any

from labs.console.dom import heading, link, tag
from labs.console.frame import page
from labs.console.hub import Hub
from labs.console.parts.tonight import tonight
from labs.engine.catalogue import all_labs
from labs.loop import board as scores


def show(hub: Hub) -> None:
    """Build the page."""
    with page(hub, "Labs", "/") as frame:
        whole = tag("div")

        def draw() -> None:
            whole.clear()
            with whole:
                _board(hub)

        frame.follow(lambda: hub.seen.changed_at, draw)


def _board(hub: Hub) -> None:
    progress, labs = hub.session.progress, all_labs()
    rows = scores.rows(labs, progress)
    heading(1, "Break it. See it. Repair it.")
    told = "Each lab is an outage that somebody was paged about. Watch it happen on real servers, "
    tag("p", told + "say what you think it is, and repair the code.", "lead")
    with tag("dl", classes="figures"):
        _figure("solved", f"{_count(rows, 'state', 'solved')} of {len(rows)}")
        _figure("diagnosed right", str(_count(rows, "diagnosed", True)))
        _figure("runs judged", str(sum(row["checks"] for row in rows)))
    tonight(hub)
    for line in (scores.calibration(progress), scores.on_call(progress)):
        if line:
            tag("p", line, "soft")
    heading(2, "The labs", id="labs")
    with tag("ul", classes="board", aria_labelledby="labs"):
        for folder in labs:
            _lab(scores.listed(folder, progress))


def _lab(row: dict[str, Any]) -> None:
    number = f"{row['number']:02}"
    kind = "hand" if "in hand" in row["state"] else "solved" * ("solved" in row["state"])
    with tag("li"), tag("article", classes=f"lab {kind}"):
        tag("span", number, "no", aria_hidden="true")
        with tag("h3"), tag("a", href=f"/lab/{row['number']}"):
            tag("span", f"Lab {number}: ", "sr")
            tag("span", row["title"])
        named = f" · {row['module']}, {row['slug']}" if row["slug"] else ""
        tag("p", f"Level {row['level']} · {row['minutes']} min{named}", "soft small")
        tag("p", row["state"][:1].upper() + row["state"][1:], f"state {kind}")


def _figure(name: str, value: str) -> None:
    with tag("div"):
        tag("dt", name)
        tag("dd", value)


def _count(rows: list[dict[str, Any]], key: str, value: Any) -> int:
    return sum(row[key] == value for row in rows)


def back() -> None:
    """Offer the way back to the board."""
    with tag("p"):
        link("All labs", "/")
