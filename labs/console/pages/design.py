"""A timed design round: six steps, then the points of a strong answer beside your own figures."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from fastapi.responses import HTMLResponse

from labs.console.dom import button, heading, link, tag
from labs.console.frame import page
from labs.console.hub import Hub
from labs.console.parts.design_points import points
from labs.console.parts.design_step import StepOn
from labs.engine.design_round import DesignRound
from labs.loop.design import contents, keeping, playing
from labs.loop.design.contents import Content
from stack.trouble import Trouble

PAGE = "/design/page"


def show(hub: Hub) -> None:
    """Build the page."""
    content = contents.read()
    with page(hub, "Design", "/design") as frame:
        heading(1, content.title)
        told = "Six steps, aloud or typed; each line is kept at once. Then a strong answer beside "
        tag("p", told + "yours, with your own figures in it.", "lead")
        place = tag("div")

        def draw() -> None:
            place.clear()
            with place:
                _draw(hub, content)

        frame.follow(lambda: _state(hub, content), draw)


def _state(hub: Hub, content: Content) -> tuple[object, ...]:
    """What the page hangs on; lines are drawn by the step itself, so that nothing typed is lost."""
    rounds = hub.seen.progress.design
    played = playing.open_round(rounds, content)
    return len(rounds), played is None, played.at_step if played else None


def _draw(hub: Hub, content: Content) -> None:
    rounds = hub.session.progress.design
    played = playing.open_round(rounds, content)
    if played is None:
        _begin(hub, content, playing.last_round(rounds, content))
        return
    step = playing.step_on(played, content)
    if step is not None:
        StepOn(hub, content, played, step)
    else:
        points(hub, content, played)


def _begin(hub: Hub, content: Content, last: DesignRound | None) -> None:
    with tag("section", classes="card stack", aria_labelledby="round"):
        heading(2, f"A round of {content.minutes} minutes", id="round")
        tag("p", f"“{content.brief}”")
        words = "Start the clock" if last is None else "Start another round"
        button(words, lambda: _start(hub, content), "main")
    if last is not None:
        with tag("section", classes="card", aria_labelledby="last"):
            heading(2, "Your last round", id="last")
            said = sum(len(each) for each in last.ticked.values())
            of = sum(len(step.point) for step in content.step)
            spent = playing.clock(last.spent)
            tag("p", f"{said} of {of} points, {spent} on the clock.", role="status")
            link("Open its page", PAGE, "button small", target="_blank")


def _start(hub: Hub, content: Content) -> None:
    keeping.change(hub.session, content, lambda _round: None)
    hub.changed()


def page_of(hub: Hub) -> Callable[[], Awaitable[HTMLResponse]]:
    """Return what answers with the page of the last round."""

    async def answer() -> HTMLResponse:
        try:
            _, file = await asyncio.to_thread(keeping.write_page, hub.session, contents.read())
        except Trouble as trouble:
            return HTMLResponse(trouble.said, status_code=404)
        return HTMLResponse(file.read_text(encoding="utf-8"))

    return answer
