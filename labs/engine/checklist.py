"""A verdict as lines to read: words first, so that it says the same without colour."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from labs.engine.model import GUARD_PREFIX, Claim, Lab
from labs.engine.progress import LabProgress
from labs.engine.results import Result, spoken
from labs.engine.verdict import Outcome, Verdict

WIDTH = 80
MARKS = {True: "ok", False: "NO", None: "? "}
_STYLES = {True: "green", False: "bold red", None: "yellow"}
_VERDICT_STYLES = {
    Outcome.PASS: "bold green",
    Outcome.FAIL: "bold red",
    Outcome.INCONCLUSIVE: "bold yellow",
}


@dataclass(frozen=True, slots=True)
class Before:
    """What a claim measured before this run: the last time, and the best so far."""

    last: float | None = None
    best: float | None = None

    def __str__(self) -> str:
        """Return it as it stands behind a figure."""
        if self.last is None:
            return ""
        best = f", best so far {spoken(self.best)}" if self.best not in (None, self.last) else ""
        return f", last time {spoken(self.last)}{best}"


def best_of(claim: Claim, measured: Sequence[float]) -> float | None:
    """Return the value that comes closest to holding the claim, or holds it best."""
    if not measured:
        return None
    if claim.at_most is not None:
        return min(measured)
    if claim.at_least is not None:
        return max(measured)
    low, high = claim.between or (claim.equals or 0.0, claim.equals or 0.0)
    return min(measured, key=lambda value: max(low - value, value - high, 0.0))


def before(lab: Lab, done: LabProgress) -> dict[str, Before]:
    """Return what each claim of a lab measured in the runs so far."""
    last = done.last_measured()
    return {
        claim.id: Before(last.get(claim.id), best_of(claim, done.measured_so_far(claim.id)))
        for claim in lab.claim
    }


@dataclass(frozen=True, slots=True)
class Line:
    """One line and how it is coloured where colours are."""

    text: str
    style: str = ""


def lines(verdict: Verdict, last: Mapping[str, Before], title: str) -> Iterator[Line]:
    """Yield the checklist: each claim with what was measured, needed, and measured before."""
    yield Line(title, "bold")
    for result in verdict.claims:
        if not result.id.startswith(GUARD_PREFIX):
            before_it = last.get(result.id, Before())
            yield from claim_lines(result, before_it, blame=verdict.verdict is Outcome.FAIL)
    yield from _guards([r for r in verdict.claims if r.id.startswith(GUARD_PREFIX)])
    yield Line(summed(verdict), _VERDICT_STYLES[verdict.verdict])
    if verdict.verdict is Outcome.INCONCLUSIVE:
        yield from _wrapped(verdict.why, "")


def claim_lines(result: Result, last: Before, *, blame: bool = True) -> Iterator[Line]:
    """Yield one claim; a broken one with what people felt and what was traded away.

    Without `blame` the figures stand alone: a run that says nothing about the code accuses nobody.
    """
    mark = MARKS[result.ok] if not result.stretch else f"{MARKS[result.ok].strip()}*"
    says = f"{result.says} (stretch)" if result.stretch else result.says
    for number, text in enumerate(textwrap.wrap(says, WIDTH - 5)):
        yield Line(f"  {mark} {text}" if number == 0 else f"     {text}", _STYLES[result.ok])
    if result.measured is not None or result.needed != "yes":
        # What holds needs no best: that may be of code which was worse in everything else.
        told = last if result.ok is not True else Before(last.last)
        yield from _wrapped(f"{result.figures}{told}", "     ")
    if result.ok is not True and blame:
        for text in (result.felt, result.traded and f"Traded away: {result.traded}."):
            yield from _wrapped(text, "     ")


def _guards(guards: list[Result]) -> Iterator[Line]:
    if not guards:
        return
    kept = sum(guard.ok is True for guard in guards)
    mark = MARKS[kept == len(guards)]
    promise = f"  {mark} nothing that worked before stopped working ({kept} of {len(guards)} kept)"
    yield Line(promise, _STYLES[kept == len(guards)])
    for guard in guards:
        if guard.ok is not True:
            yield from claim_lines(guard, Before())


def summed(verdict: Verdict) -> str:
    """Return the verdict, how much of it held, and how long it took, in one line."""
    needed = [r for r in verdict.claims if not r.stretch]
    broken = len(verdict.broken)
    told = {
        Outcome.PASS: f"all {len(needed)} hold",
        Outcome.FAIL: f"{broken} of {len(needed)} not held" if needed else "nothing was measured",
        Outcome.INCONCLUSIVE: "nothing is said about your code",
    }
    return f"{verdict.verdict.value}  {told[verdict.verdict]}, {verdict.seconds:.1f} s"


def _wrapped(text: str, indent: str) -> Iterator[Line]:
    for paragraph in text.splitlines():
        for part in textwrap.wrap(paragraph, WIDTH - len(indent)) or [""]:
            yield Line(indent + part)
