"""What is decided before a run is over, so that a save is answered as soon as it can be.

Two ways to be decided early: a bound that can only get worse is broken already, or the phase that a
claim looks at is over.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from labs.engine.evidence import Evidence, read_evidence
from labs.engine.measures import Table
from labs.engine.model import Claim, Lab
from labs.engine.outside import others
from labs.engine.results import Result
from labs.engine.verdict import Verdict, judge_claim, outcome, why

SETTLED_S = 1.0  # after the end of a phase: its last answers and samples are written by then


class Early:
    """Remembers which claims of one run were told already."""

    def __init__(self, lab: Lab, measures: Table) -> None:
        self._lab = lab
        self._measures = measures
        self._told: dict[str, Result] = {}
        self.run = Path()
        self.lost = False

    def decided(self, folder: Path, now_s: float) -> Iterator[Result]:
        """Yield the claims that are decided now and were not before."""
        self.run = folder
        evidence = read_evidence(self._lab, folder)
        for claim in self._lab.claim:
            if claim.id in self._told:
                continue
            result = decide(claim, evidence, self._measures, now_s)
            if result is None:
                continue
            self._told[claim.id] = result
            self.lost = self.lost or (result.ok is False and not result.stretch)
            yield result

    def verdict(self) -> Verdict:
        """Return what a run says that was ended because it was lost."""
        claims = tuple(self._told.values())
        busy = list(others(read_evidence(self._lab, self.run)))
        return Verdict(
            lab=self._lab.slug,
            variant="workspace",
            verdict=outcome(claims, busy),
            claims=claims,
            why=why(claims, busy),
            code="",
            started_at="",
            seconds=0.0,
        )


def decide(claim: Claim, evidence: Evidence, measures: Table, now_s: float) -> Result | None:
    """Return the claim's result if nothing that is still to come can change it."""
    measure = measures[claim.measure]
    measured = measure(evidence, claim.of)
    result = judge_claim(claim, measured)
    phase = claim.of.get("phase")
    if phase is not None and now_s > evidence.window(phase)[1] + SETTLED_S:
        return result if result.ok is not None else None
    hopeless = measure.only_grows and claim.at_least is None and claim.between is None
    if hopeless and measured.value is not None and not _within(claim, measured.value):
        return judge_claim(claim.model_copy(update={"min_samples": 0}), measured)
    return None


def _within(claim: Claim, value: float) -> bool:
    """Whether a value that can only grow may still end within the bound."""
    most = claim.at_most if claim.at_most is not None else claim.equals
    return most is None or value <= most
