"""A lab's end: your words beside ours, and both runs side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from fastapi.responses import HTMLResponse

from labs import report
from labs.console.dom import Field, button, heading, html, tag
from labs.console.frame import refused
from labs.console.hub import Hub
from labs.console.lab_page import LabPage
from labs.console.pages.lab import lab_page
from labs.console.parts.share import share
from labs.engine.catalogue import LabFolder, find
from labs.engine.progress import LabProgress
from labs.engine.recorded import RecordedRun
from labs.engine.session import Session
from labs.loop import ours
from labs.loop.debriefing import gather
from labs.loop.runs_of import broken_run, solved_run
from labs.report.markdown import markdown
from stack.trouble import Trouble


async def show(hub: Hub, number: int) -> None:
    """Build the page."""
    with lab_page(hub, number, "/debrief") as one:
        if one is None:
            return
        shown = tag("div")

        def draw() -> None:
            shown.clear()
            with shown:
                _draw(one)

        one.frame.follow(lambda: _state(one.done), draw)


def _state(done: LabProgress) -> tuple[Any, ...]:
    lines = {about: done.line(about) for about in ours.QUESTIONS}
    return done.solved_at, done.studied_at, done.debriefed_at, len(done.attempts), lines


def _draw(one: LabPage) -> None:
    done = one.hub.session.progress.lab(one.folder.lab.slug)
    over = done.solved_at is not None or done.studied_at is not None
    if over:
        _words(one, done)
    else:
        with tag("section", classes="card", aria_labelledby="not-yet"):
            heading(2, "Not yet", id="not-yet")
            tag("p", "The debrief tells how it ends, so it opens once the lab is solved.", "soft")
    _both_runs(one, done)
    if done.solved_at is not None:
        share(one)


def _words(one: LabPage, done: LabProgress) -> None:
    debriefed = done.debriefed_at is not None
    with tag("section", classes="card stack", aria_labelledby="words"):
        heading(2, "In your words", id="words")
        tag("p", "One line each. What you write is kept; nothing is graded.", "soft")
        fields = {about: _line(asks, done.line(about)) for about, asks in ours.QUESTIONS.items()}
        told = tag("div", role="status", aria_live="polite")
        words = "Debrief" if not debriefed else "Debrief again"
        button(words, lambda: _debrief(one, fields, told), "main")
    if debriefed:
        _ours(one.folder, done)


def _line(asks: str, written: str) -> Field:
    with tag("div", classes="wide"):
        return Field(asks, value=written)


def _ours(folder: LabFolder, done: LabProgress) -> None:
    our_side = ours.beside(folder)
    with tag("section", classes="card", aria_labelledby="beside"):
        heading(2, "Yours beside ours", id="beside")
        for about, asks in ours.QUESTIONS.items():
            tag("h3", asks)
            with tag("div", classes="half"):
                with tag("div"):
                    tag("p", "You", "kicker")
                    tag("p", done.line(about) or "–")
                with tag("div"):
                    tag("p", "We", "kicker")
                    html(f'<div class="story">{markdown(our_side[about], top=4)}</div>')


async def _debrief(one: LabPage, fields: dict[str, Field], told: Any) -> None:
    given = [f"--{about}={field.value}" for about, field in fields.items() if field.value.strip()]
    told.clear()
    with told:
        tag("p", "Putting both runs side by side ...", "soft")
    try:
        job = await one.hub.asides.run("debrief", str(one.folder.lab.number), "--json", *given)
        trouble = job.trouble
    except Trouble as busy:
        trouble = busy
    one.hub.changed()
    told.clear()
    if trouble is not None:
        with told:
            refused(trouble)


def _both_runs(one: LabPage, done: LabProgress) -> None:
    with tag("section", aria_labelledby="both"):
        heading(2, "Before and after", id="both")
        pair = _pair(one.hub.session, done)
        if pair is None:
            tag(
                "p", "There are not two runs to compare yet: break it, then check a repair.", "soft"
            )
            return
        number = one.folder.lab.number
        at = one.hub.seen.changed_at
        tag(
            "iframe",
            classes="report",
            src=f"/report/{number}?{at}",
            title=f"Before and after: both runs of lab {number:02}, overlaid",
        )
        with tag("p"):
            tag("a", "Open it in a page of its own", href=f"/report/{number}")


def _pair(session: Session, done: LabProgress) -> tuple[RecordedRun, RecordedRun] | None:
    """Return the outage and the run that passed, or the newest check where none did yet."""
    before, after = broken_run(session.home, done), solved_run(session.home, done)
    if after is None:
        runs = [session.home.runs / one.run for one in done.checks if one.run]
        there = [run for run in runs if (run / "requests.jsonl").exists()]
        after = RecordedRun(there[-1]) if there else None
    if before is None or after is None or before.run_id == after.run_id:
        return None
    return before, after


def report_of(hub: Hub) -> Callable[[int], Awaitable[HTMLResponse]]:
    """Return what answers at /report/NUMBER: the debrief's page, or both runs, no repair told."""

    async def answer(number: int) -> HTMLResponse:
        try:
            page = await asyncio.to_thread(_page, hub.session, find(str(number)))
        except Trouble as trouble:
            return HTMLResponse(trouble.said, status_code=404)
        return HTMLResponse(page.read_text(encoding="utf-8"))

    return answer


def _page(session: Session, folder: LabFolder) -> Path:
    done = session.progress.lab(folder.lab.slug)
    gathered = gather(session, folder)
    if done.debriefed_at is not None and gathered is not None and gathered.page.exists():
        return gathered.page
    pair = _pair(session, done)
    if pair is None:
        raise Trouble("There are not two runs to compare yet.", "./lab check")
    before, after = pair
    out = session.home.run / "console" / f"{folder.lab.number:02}.html"
    return report.write(before.folder, after.folder, out, title=folder.lab.title)
