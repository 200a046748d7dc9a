"""What must hold, claim by claim: measured, needed, and what it was last time."""

from __future__ import annotations

from collections.abc import Sequence

from labs.console import verdicts
from labs.console.dom import heading, tag
from labs.console.lab_page import LabPage
from labs.engine.checklist import Before, before
from labs.engine.model import GUARD_PREFIX
from labs.engine.results import Result, spoken
from labs.engine.verdict import Outcome, Verdict

WORDS = {True: ("held", "held"), False: ("not held", "broke"), None: ("not measured", "unknown")}


def checklist(one: LabPage) -> None:
    """Show the last check; nothing about claims is told before there was one."""
    with tag("section", classes="card", aria_labelledby="checklist"):
        heading(2, "Checklist", id="checklist")
        shown = tag("div")

    def draw() -> None:
        shown.clear()
        with shown:
            last = verdicts.last_check(one.hub.session, one.folder)
            if last is None or last.verdict is None:
                tag("p", "Your first check fills this in, claim by claim.", "soft")
            else:
                done = one.hub.session.progress.lab(one.folder.lab.slug)
                _verdict(last.verdict, before(one.folder.lab, done))

    one.frame.follow(lambda: (len(one.done.attempts), one.done.started_at), draw)


def _verdict(verdict: Verdict, measured_before: dict[str, Before]) -> None:
    claims = [one for one in verdict.claims if not one.id.startswith(GUARD_PREFIX)]
    guards = [one for one in verdict.claims if one.id.startswith(GUARD_PREFIX)]
    blame = verdict.verdict is Outcome.FAIL
    with tag("ul", classes="claims"):
        for claim in claims:
            _claim(claim, measured_before.get(claim.id, Before()), blame=blame)
        if guards:
            _guards(guards)


def _claim(claim: Result, last: Before, *, blame: bool) -> None:
    word, kind = WORDS[claim.ok]
    with tag("li"):
        tag("span", word, f"mark {kind}")
        with tag("div"):
            tag("p", f"{claim.says} (stretch)" if claim.stretch else claim.says)
            if claim.measured is not None or claim.needed != "yes":
                best = None if claim.ok is True else last.best  # what holds needs none
                tag("p", f"{claim.figures}{_best(best, claim.measured)}", "small num")
            if claim.ok is not True and blame:
                for words in (claim.felt, claim.traded and f"Traded away: {claim.traded}."):
                    if words:
                        tag("p", words, "felt")


def _best(best: float | None, measured: float | None) -> str:
    return "" if best is None or best == measured else f", best so far {spoken(best)}"


def _guards(guards: Sequence[Result]) -> None:
    kept = sum(guard.ok is True for guard in guards)
    whole = kept == len(guards)
    word, kind = WORDS[whole]
    with tag("li"):
        tag("span", word, f"mark {kind}")
        says = f"nothing that worked before stopped working ({kept} of {len(guards)} kept)"
        tag("p", says)
    for guard in guards:
        if guard.ok is not True:
            _claim(guard, Before(), blame=True)
