"""The pager: it is taken, an incident runs, and one answer ends it."""

from __future__ import annotations

import time
from typing import Any

from nicegui import ui

from labs.console.dom import Choice, Field, button, heading, tag
from labs.console.frame import refused
from labs.console.jobs import Job
from labs.console.lab_page import View
from labs.console.parts.clock import clock
from labs.engine.catalogue import all_labs
from labs.engine.progress import OnCall
from labs.loop import board
from labs.loop import oncall as calls
from stack.trouble import Trouble

VERB = "oncall"


class Pager:
    """One pager on one open page; the incident itself is in the progress file."""

    def __init__(self, one: View) -> None:
        self.hub = one.hub
        self.open_at_first = calls.open_call(self.hub.session.progress) is not None
        with tag("section", classes="card stack", aria_labelledby="pager"):
            heading(2, "The pager", id="pager")
            self.shown = tag("div", classes="stack")
            self.told = tag("div", role="status", aria_live="polite")
        one.frame.follow(self._state, self._draw)

    def _state(self) -> tuple[object, ...]:
        call = calls.open_call(self.hub.seen.progress)
        return self._running, self.hub.job is not None, call and call.began_at

    @property
    def _running(self) -> bool:
        return self.hub.job is not None and self.hub.job.verb == VERB

    def _draw(self) -> None:
        call = calls.open_call(self.hub.session.progress)
        self.shown.clear()
        with self.shown:
            if self._running:
                tag("p", "You are paged: something is wrong with the links, they say. Or nothing.")
                tag("p", "The incident runs, about a quarter of a minute ...", "soft")
                button("Stop", self.hub.jobs.stop, "small")
            elif call is not None and not self.open_at_first:
                ui.navigate.to("/oncall")  # now there is something to look at
            elif call is not None:
                self._answer(call)
            else:
                self._take()

    def _take(self) -> None:
        if line := board.on_call(self.hub.session.progress):
            tag("p", line)
        with tag("div", classes="row end"):
            seed = Field("A seed, to replay one", "number", min=0)
            taken = button("Take the pager", lambda: self._page(seed.value), "spark")
        taken.props["disabled"] = self.hub.job is not None

    def _page(self, seed: str) -> None:
        words = ("--seed", seed.strip()) if seed.strip() else ()
        self.hub.in_background(self._run(self.hub.jobs, words))

    async def _run(self, jobs: Any, words: tuple[str, ...]) -> None:
        self.told.clear()
        try:
            job: Job | None = await jobs.run(VERB, *words)
            trouble = job.trouble if job else None
        except Trouble as busy:
            job, trouble = None, busy
        self.hub.changed()
        with self.told:
            if trouble is not None:
                refused(trouble)
            elif job is not None and isinstance(job.answer, dict):
                _graded(job.answer)

    def _answer(self, call: OnCall) -> None:
        known = calls.of_then(calls.eligible(all_labs(), self.hub.session.progress), call)
        clock("left", lambda: call.began_at + calls.LIMIT_S - time.time())
        tag("p", "The charts and requests below are its. The code that ran:")
        with tag("p"):
            tag("code", str(calls.project(self.hub.home)))
        where = Choice("Where is it?", {"": "choose"} | {c: c for c in calls.components(known)})
        with tag("div", classes="wide"):
            listed = {"": "choose"} | dict(calls.choices(known, call.seed))
            what = Choice("What is it?", listed)
            proof = Field(
                "One piece of evidence",
                hint="a trace id, a panel's name, a part of a statement or of a log line; none is "
                "needed to say that nothing is wrong",
            )
        button("Answer the page", lambda: self._judge(where, what, proof), "main")

    async def _judge(self, where: Choice, what: Choice, proof: Field) -> None:
        mechanism, evidence = what.value, proof.value.strip()
        nothing = mechanism == calls.NOTHING
        if not mechanism or not (nothing or (where.value and evidence)):
            self.told.clear()
            with self.told:
                said = "An answer is a component, a mechanism and a piece of evidence."
                refused(Trouble(said, "fill in all three, or say that nothing is wrong"))
            return
        words = (f"--component={where.value}", f"--mechanism={mechanism}", f"--evidence={evidence}")
        await self._run(self.hub.asides, (*words, "--json"))


def _graded(answer: dict[str, Any]) -> None:
    for line in answer["says"]:
        tag("p", line)
    word = "in time" if answer["in_time"] else "over the fifteen minutes"
    held = "held" if answer["right"] else "did not hold"
    took = f"after {answer['seconds'] / 60:.1f} min, {word}; seed {answer['seed']}"
    tag("p", f"Your diagnosis {held}, {took}.", "held" if answer["right"] else "broke")
