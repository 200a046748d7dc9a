"""Where it is, what it is, and one piece of evidence from the run; nothing waits for it."""

from __future__ import annotations

from typing import Any

from labs.console.dom import Choice, Field, button, heading, tag
from labs.console.frame import refused
from labs.console.jobs import Job
from labs.console.lab_page import LabPage
from labs.engine.model import Diagnosis
from labs.loop.diagnosis import mechanisms
from stack.trouble import Trouble


def diagnosis(one: LabPage) -> None:
    """Ask for a diagnosis once there is a run to take evidence from."""
    asked = one.folder.lab.diagnosis
    if asked is None:
        return
    with tag("section", classes="card", aria_labelledby="diagnose"):
        heading(2, "Your diagnosis", id="diagnose")
        shown = tag("div")
        told = tag("div", classes="stack", role="status", aria_live="polite")

    def draw() -> None:
        shown.clear()
        with shown:
            _draw(one, asked, told)

    seen = one.hub.seen
    one.frame.follow(lambda: (seen.place.broken, seen.place.undiagnosed), draw)


def _draw(one: LabPage, asked: Diagnosis, told: Any) -> None:
    done = one.hub.session.progress.lab(one.folder.lab.slug)
    if not one.hub.seen.place.broken and not done.diagnoses:
        tag("p", "Break it first: a diagnosis cites evidence from a run.", "soft")
        return
    tried = [each for each in done.diagnoses if each.component]
    if tried and tried[-1].right:
        tag("p", "✓ Your diagnosis held.", "held")
    components = {"": "choose"} | {name: name for name in asked.components}
    where = Choice("Where is it?", components)
    listed = {"": "choose"} | {m.id: m.says for m in mechanisms(asked, one.folder.lab.slug)}
    with tag("div", classes="wide"):
        what = Choice("What is it?", listed)
        proof = Field(
            "One piece of evidence",
            hint="a trace id, a panel's name, a part of a statement or of a log line",
        )
    with tag("div", classes="row"):
        button("Hold it against the run", lambda: _judge(one, (where, what, proof), told), "small")
        if not done.diagnoses:
            button("Rather not", lambda: _ask(one, ("--skip",), told), "small")


async def _judge(one: LabPage, given: tuple[Choice, Choice, Field], told: Any) -> None:
    where, what, proof = (field.value.strip() for field in given)
    if not (where and what and proof):
        told.clear()
        with told:
            said = "A diagnosis is a component, a mechanism and a piece of evidence."
            refused(Trouble(said, "fill in all three, or skip it"))
        return
    words = (f"--component={where}", f"--mechanism={what}", f"--evidence={proof}", "--json")
    await _ask(one, words, told)


async def _ask(one: LabPage, words: tuple[str, ...], told: Any) -> None:
    told.clear()
    with told:
        tag("p", "Looking it up in your runs ...", "soft")
    try:
        job: Job | None = await one.hub.asides.run("diagnose", *words)
        trouble = job.trouble if job else None
    except Trouble as busy:
        job, trouble = None, busy
    one.hub.changed()
    told.clear()
    with told:
        if trouble is not None:
            refused(trouble)
        elif job is not None and isinstance(job.answer, dict):
            for said in job.answer["says"]:
                tag("p", said)
            right = job.answer["right"]
            ends = "Your diagnosis holds." if right else "Try again, or go on: nothing waits."
            tag("p", ends, "held" if right else "")
        else:
            tag("p", "Skipped.", "soft")
