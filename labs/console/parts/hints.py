"""Hints, one by one: where to look first, the diff last, and only when it is asked for."""

from __future__ import annotations

from labs.console.dom import button, focus, heading, html, tag
from labs.console.lab_page import LabPage
from labs.console.parts.asking import agreed
from labs.engine.catalogue import HINT_KINDS
from labs.report.markdown import markdown

LAST = len(HINT_KINDS)


def hints(one: LabPage) -> None:
    """Show the hints that were read, and offer the next one."""
    with tag("section", classes="card", aria_labelledby="hints"):
        title = heading(2, "Hints", id="hints")
        shown = tag("div")

    def draw() -> None:
        shown.clear()
        with shown:
            _draw(one, lambda: focus(title))

    one.frame.follow(lambda: list(one.done.hints), draw)


def _draw(one: LabPage, seen: object) -> None:
    session, folder = one.hub.session, one.folder
    read = session.progress.lab(folder.lab.slug).hints
    texts = folder.hints()
    for number in read:
        newest = number == max(read)
        with tag("details", classes="hint", open="" if newest else False):
            tag("summary", f"Hint {number} of {LAST}: {HINT_KINDS[number - 1]}")
            html(f'<div class="story">{markdown(texts[number - 1], top=3)}</div>')
    fresh = [number for number in range(1, len(texts) + 1) if number not in read]
    if not fresh:
        tag("p", "You have read all of them.", "soft")
        return
    following = fresh[0]
    tag("p", f"{len(fresh)} of {LAST} left. Next: {HINT_KINDS[following - 1]}.", "soft small")
    button("Show the next hint", lambda: _read(one, following, seen), "small")


async def _read(one: LabPage, number: int, seen: object) -> None:
    asks = "The last hint is the repair itself: the lab is then due again in three days. Show it?"
    if number == LAST and not await agreed(asks, "Show the repair"):
        return
    one.hub.session.saw_hint(one.folder, number)
    one.hub.changed()
    if callable(seen):
        seen()
