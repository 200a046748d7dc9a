"""The step of a design round that is on: what is asked, the clock, and what was said so far."""

from __future__ import annotations

import time

from nicegui import ui

from labs.console.dom import Field, button, focus, heading, tag, words
from labs.console.hub import Hub
from labs.console.parts.clock import clock
from labs.engine.design_round import DesignRound
from labs.loop.design import keeping, playing
from labs.loop.design.contents import Content, Step

STOP = "Stop the clock"
KEPT_EVERY_S = 15.0  # a browser that is closed costs no more of the clock than this


class StepOn:
    """One step in one open page; its seconds are counted while the clock runs."""

    def __init__(self, hub: Hub, content: Content, played: DesignRound, step: Step) -> None:
        self.hub, self.content, self.played, self.step = hub, content, played, step
        self.counted_at: float | None = time.monotonic()  # None: the clock stands
        number = content.step.index(step) + 1
        with tag("section", classes="card stack", aria_labelledby="step"):
            tag("p", f"Step {number} of {len(content.step)}", "kicker")
            heading(2, step.title, id="step")
            tag("p", f"“{step.asks}”")
            with tag("div", classes="row"):
                clock("left in this step", lambda: self._left(of_step=True))
                clock("left in all", lambda: self._left(of_step=False))
                self.stop = words("button", STOP, "button small", type="button")
                self.stop.on("click", self._turn)
            self.lines = tag("ul", classes="lines", aria_label="What you said", role="list")
            with tag("div", classes="wide"):
                self.typed = Field("A line of your answer", hint="Enter keeps it")
            self.typed.element.on("keydown.enter", self._keep)
            with tag("div", classes="row"):
                button("Keep this line", self._keep, "small")
                button("On to the next step", self._go_on, "main")
            self.said = tag("p", classes="sr", role="status")
        ui.timer(KEPT_EVERY_S, self._count)
        self._list()

    def _since(self) -> float:
        return 0.0 if self.counted_at is None else time.monotonic() - self.counted_at

    def _left(self, *, of_step: bool) -> float:
        if of_step:
            return playing.step_left_s(self.played, self.step) - self._since()
        return playing.left_s(self.played, self.content) - self._since()

    def _say(self, text: str) -> None:
        """Put a line (or none) and the seconds since the last one into the file."""
        seconds, step = self._since(), self.step
        if self.counted_at is not None:
            self.counted_at = time.monotonic()
        self.played = keeping.change(
            self.hub.session, self.content, lambda one: playing.say(one, step, text, seconds)
        )

    def _count(self) -> None:
        if self._since() >= 1.0:
            self._say("")

    def _keep(self) -> None:
        if not self.typed.value.strip():
            return
        self._say(self.typed.value)
        self.typed.clear()
        self._list()
        focus(self.typed.element)

    def _list(self) -> None:
        self.lines.clear()
        with self.lines:
            for line in self.played.lines.get(self.step.id, ()):
                tag("li", line)

    def _turn(self) -> None:
        if self.counted_at is None:
            self.counted_at = time.monotonic()
            self.stop.text = STOP
        else:
            self._say("")
            self.counted_at = None
            self.stop.text = "Let it run again"

    def _go_on(self) -> None:
        self._say(self.typed.value)
        keeping.change(self.hub.session, self.content, lambda one: playing.go_on(one, self.content))
        self.hub.changed()
