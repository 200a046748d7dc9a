"""Interview questions that are due, one after the other."""

from __future__ import annotations

import time
from typing import Any

from labs.console.dom import button, focus, heading, tag
from labs.console.frame import page
from labs.console.hub import Hub
from labs.console.parts.card import Card
from labs.loop import drilling


def show(hub: Hub) -> None:
    """Build the page."""
    with page(hub, "Drill", "/drill"):
        heading(1, "Say it out loud")
        told = "Ninety seconds a card, aloud or typed; then you tick what you said. "
        tag("p", told + "Only numbers are graded by a machine.", "lead")
        place = tag("div")
    _next(hub, place, ahead=False, heard=False)


def _next(hub: Hub, place: Any, *, ahead: bool, heard: bool, after: str = "") -> None:
    """Show the next card, or when there is one again."""
    cards = drilling.due(hub.session, time.time(), ahead=ahead)
    left = [one for one in cards if one.id > after] if ahead else cards
    place.clear()
    with place:
        if left:
            one = min(left, key=lambda each: each.id) if ahead else left[0]
            card = Card(hub, one, lambda: _next(hub, place, ahead=ahead, heard=True, after=one.id))
            title = card.title
        else:
            title = _none(hub, place)
        if heard:
            focus(title)


def _none(hub: Hub, place: Any) -> Any:
    cards = drilling.due(hub.session, time.time(), ahead=True)
    with tag("section", classes="card", aria_labelledby="none"):
        title = heading(2, "Nothing is due", id="none")
        tag("p", drilling.coming(cards))
        if cards:
            button("Ask me all the same", lambda: _next(hub, place, ahead=True, heard=True))
    return title
