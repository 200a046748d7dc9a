"""The learner's own measured figures for a design round; where there are none, which lab has them.

A figure is the claim's value in the run that was broken and in the run that passed, as their
`verdict.json` says. Nothing of a lab that was not run is shown but its number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labs.engine.catalogue import LabFolder
from labs.engine.progress import LabProgress, Progress
from labs.engine.recorded import VERDICT, RecordedRun
from labs.engine.results import spoken
from labs.loop.design.contents import Figure, Step
from labs.loop.runs_of import broken_run, solved_run
from stack.home import Home


@dataclass(frozen=True, slots=True)
class Own:
    """What a figure is about, what was measured, and where it stands."""

    lab: int
    about: str
    says: str
    source: str = ""

    @property
    def measured(self) -> bool:
        """Whether there is a figure of the learner's own."""
        return bool(self.source)


def own_figures(step: Step, labs: Sequence[LabFolder], progress: Progress, home: Home) -> list[Own]:
    """Return each figure of a step, measured or not."""
    slugs = {folder.lab.number: folder.lab.slug for folder in labs}
    return [
        _own(one, progress.lab(slugs[one.lab]), home) for one in step.figure if one.lab in slugs
    ]


def _own(figure: Figure, done: LabProgress, home: Home) -> Own:
    before = _claim(broken_run(home, done), figure.claim)
    after = _claim(solved_run(home, done), figure.claim) if done.solved_at is not None else None
    number = f"lab {figure.lab:02}"
    if before is None:
        return Own(figure.lab, figure.about, f"not measured yet: {number}")
    run, claim = before
    value = f"{spoken(claim['measured'])} {claim.get('unit', '')}".strip()
    if after is None:
        says = f"{value} in your outage; not repaired yet: {number}"
        return Own(figure.lab, figure.about, says, f"runs/{run}/{VERDICT}")
    solved, then = after
    says = f"{value} before, {spoken(then['measured'])} after (needed: {claim['needed']})"
    return Own(figure.lab, figure.about, says, f"runs/{run}/{VERDICT}, runs/{solved}/{VERDICT}")


def _claim(run: RecordedRun | None, named: str) -> tuple[str, Mapping[str, Any]] | None:
    if run is None:
        return None
    for claim in run.verdict.get("claims", ()):
        if claim["id"] == named and claim.get("measured") is not None:
            return run.run_id, claim
    return None
