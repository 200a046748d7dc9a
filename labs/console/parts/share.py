"""Something to show to others: three lines, a picture and a badge; nothing is sent."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

from fastapi.responses import FileResponse, Response

from labs.console.dom import button, heading, tag
from labs.console.frame import refused
from labs.console.hub import Hub
from labs.console.lab_page import LabPage
from stack.trouble import Trouble

SHARED = "/shared"
_NAME = re.compile(r"lab-\d\d\.(png|txt)|badge\.svg")


def share(one: LabPage) -> None:
    """Offer it; the lab is solved."""
    with tag("section", classes="card stack", aria_labelledby="share"):
        heading(2, "Show it", id="share")
        tag("p", "No spoiler, no user, no host, no path in it; what is done with it is yours.")
        with tag("div", classes="row"):
            button("Make something to show", lambda: _make(one, told), "small")
        told = tag("div", classes="stack", role="status", aria_live="polite")


async def _make(one: LabPage, told: Any) -> None:
    told.clear()
    with told:
        tag("p", "Drawing your two runs ...", "soft")
    number = one.folder.lab.number
    try:
        job = await one.hub.asides.run("share", str(number), "--json")
        answer, trouble = job.answer, job.trouble
    except Trouble as busy:
        answer, trouble = None, busy
    told.clear()
    with told:
        if trouble is not None:
            refused(trouble)
        elif isinstance(answer, dict):
            _shown(answer, number)


def _shown(answer: dict[str, Any], number: int) -> None:
    fresh = f"?{time.time():.0f}"
    with tag("blockquote", classes="note"):
        for line in answer["lines"]:
            tag("p", line)
    alt = f"Waiting times of lab {number:02} before and after the repair; the lines above say it"
    tag("img", classes="shared", src=f"{SHARED}/lab-{number:02}.png{fresh}", alt=alt)
    tag("img", src=f"{SHARED}/badge.svg{fresh}", alt="Badge: how many labs are solved", height="20")
    with tag("ul", classes="small"):
        for path in answer["files"].values():
            with tag("li"):
                tag("code", str(path))


def file_of(hub: Hub) -> Callable[[str], Response]:
    """Return what answers with one of the files that `lab share` makes, and with no other."""

    def answer(name: str) -> Response:
        path = hub.home.path / "share" / name
        if not _NAME.fullmatch(name) or not path.is_file():
            return Response("There is no such file.", status_code=404)
        return FileResponse(path)

    return answer
