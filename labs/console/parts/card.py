"""One interview card: the question and a clock, the points, a number, and where else it happens."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from labs.console.dom import Area, Field, Ticks, button, focus, heading, tag
from labs.console.frame import refused
from labs.console.hub import Hub
from labs.console.parts.clock import clock
from labs.engine.catalogue import find
from labs.loop import drilling, ours
from labs.loop.cards import SECONDS_EACH, Boxed
from labs.loop.followup import TRANSFER, Followup
from stack.trouble import Trouble


class Card:
    """The card that is asked in this page; the points come after the answer."""

    def __init__(self, hub: Hub, one: Boxed, go_on: Callable[[], None]) -> None:
        self.hub, self.one, self.go_on = hub, one, go_on
        began_s = time.monotonic()
        with tag("section", classes="card stack", aria_labelledby="asked"):
            tag("p", f"From lab {one.number:02}", "kicker")
            self.title = heading(2, one.card.asks, id="asked")
            self.place = tag("div", classes="stack")
        with self.place:
            clock("left", lambda: SECONDS_EACH - (time.monotonic() - began_s))
            with tag("div", classes="wide"):
                typed = Area("Your answer, if you type it", rows=4)
            button("Show the points", lambda: self._points(typed.value), "main")

    def _points(self, typed: str) -> None:
        self.place.clear()
        with self.place:
            if typed.strip():
                tag("p", typed.strip(), "note")
            ticks = Ticks("Which of these did you say?", self.one.card.points)
            noted = button("Note it", lambda: self._note(ticks, typed), "main")
        focus(noted)

    def _note(self, ticks: Ticks, typed: str) -> None:
        asked = drilling.asked_after(self.hub.session, self.one)
        after = drilling.note(self.hub.session, self.one, sorted(ticks.chosen), typed.strip())
        self.hub.changed()
        self.place.clear()
        with self.place:
            said = f"{len(ticks.chosen)} of {len(self.one.card.points)} points. "
            told = tag("p", f"{said}Noted: {drilling.again(after)}.", tabindex="-1", role="status")
            with tag("ol", classes="small"):
                for point in self.one.card.points:
                    tag("li", point)
            if asked is not None:
                _number(asked)
            _elsewhere(self.one)
            button("Next card", self.go_on, "main")
        focus(told)


def _number(asked: Followup) -> None:
    with tag("section", classes="stack", aria_labelledby="number"):
        tag("h3", "A number, from your own outage", id="number")
        tag("p", asked.asks)
        with tag("div", classes="row end"):
            given = Field(f"Your number ({asked.unit})", "number", step="any", inputmode="decimal")
            button("Hold it against the sum", lambda: _graded(asked, given, told), "small")
        told = tag("div", role="status", aria_live="polite")


def _graded(asked: Followup, given: Field, told: Any) -> None:
    told.clear()
    with told:
        try:
            number = float(given.value.replace(",", "."))
        except ValueError:
            refused(Trouble("That is no number.", "type one; a tenth off is right"))
            return
        tag("p", asked.graded(number), "held" if asked.holds(number) else "broke")


def _elsewhere(one: Boxed) -> None:
    answer = ours.transfer(find(one.card.lab))
    if answer:
        tag("h3", TRANSFER)
        with tag("details"):
            tag("summary", "One answer, once you have said yours")
            tag("p", answer)
