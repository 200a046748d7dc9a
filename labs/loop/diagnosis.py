"""Component, mechanism, evidence: held against a lab's diagnosis, in sentences."""

from __future__ import annotations

import difflib
import random
from dataclasses import dataclass

from labs.engine.model import Diagnosis, Mechanism
from labs.loop.cited import Cited
from stack.trouble import Trouble

# What each component would have looked like, had it been the one.
TELLS = {
    "edge": "requests would wait before any service sees them: the trace would begin late, "
    "and each service would look quick",
    "cache": "the same key would be asked for again and again, and what follows a miss would "
    "be the slow part of the trace",
    "pool": "the wait for a connection would be the longest step of a slow trace, all the "
    "time, with few statements running",
    "database": "a statement would be slow (or wait for a lock) in pg_stat_statements itself, "
    "not only as the service sees it",
    "partner": "the call to the partner would be the longest step of a slow trace, and its own "
    "count of calls would tell",
    "limiter": "answers with 429 would be there, too many or too few, and their headers would "
    "not add up",
    "process": "everything on one instance would stand still at the same moment, whatever it "
    "was asked for, with no step of the trace to blame",
    "shortener": "the statements and messages it sends would themselves be wrong or missing",
    "relay": "rows would wait in the outbox, complete and in order, and the broker would be idle",
    "broker": "producers and consumers would both see errors or stand still, for every topic",
    "analytics": "messages would be in the topic once, and counted otherwise",
    "metrics": "what users felt and what the panel says would disagree",
    "prometheus": "targets would be down or scrapes missing, in every panel alike",
}
OTHERWISE = "its own figures would be ill while everything that does not touch it is well"


@dataclass(frozen=True, slots=True)
class Judged:
    """A diagnosis, judged: three yes or no, and what to say about each."""

    component: bool
    mechanism: bool
    evidence: bool
    says: tuple[str, ...]

    @property
    def right(self) -> bool:
        """Whether all of it holds."""
        return self.component and self.mechanism and self.evidence


def mechanisms(diagnosis: Diagnosis, slug: str) -> list[Mechanism]:
    """Return the mechanisms in an order that says nothing, the same each time."""
    shuffled = list(diagnosis.mechanism)
    random.Random(slug).shuffle(shuffled)  # noqa: S311 - an order, no secret
    return shuffled


def pick(what: str, typed: str, among: list[str]) -> str:
    """Return the choice that was typed, as its number or its name."""
    wanted = typed.strip().lower()
    if wanted.isdigit() and 1 <= int(wanted) <= len(among):
        return among[int(wanted) - 1]
    if wanted in among:
        return wanted
    near = difflib.get_close_matches(wanted, among, n=1, cutoff=0.5)
    nearest = f"; the nearest is {near[0]}" if near else f"; there are {', '.join(among)}"
    raise Trouble(f"There is no {what} {typed!r} here{nearest}.", "./lab diagnose --choices")


def judge(diagnosis: Diagnosis, component: str, mechanism: str, cited: Cited | None) -> Judged:
    """Hold a diagnosis against the lab's; a wrong choice is told what it would have looked like."""
    chosen = next(m for m in diagnosis.mechanism if m.id == mechanism)
    place = component == diagnosis.component
    told = [
        f"component: {component}, yes"
        if place
        else f"component: not the {component}. Had it been, {TELLS.get(component, OTHERWISE)}.",
        f"mechanism: yes, {chosen.says}"
        if chosen.right
        else f"mechanism: not that ({chosen.says}). {chosen.would}",
        _evidence(cited),
    ]
    shown = cited is not None and not cited.look_for
    return Judged(place, chosen.right, shown, tuple(told))


def _evidence(cited: Cited | None) -> str:
    if cited is None:
        return (
            "evidence: nothing like it is in your runs. Cite a trace id, a panel's name, a part of "
            "a statement, or a part of a log line, as the tools print it."
        )
    if cited.look_for:
        return (
            f"evidence: the {cited.kind} is in run {cited.run} ({cited.shows}), but it does not "
            f"show this. Look for {cited.look_for}."
        )
    return f"evidence: it is there ({cited.kind} in run {cited.run}): {cited.shows}"
