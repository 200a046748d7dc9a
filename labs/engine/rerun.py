"""A run that something outside spoilt is run once more by itself; then it is said, and why."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from labs.engine.experiment import Experiment
from labs.engine.verdict import Outcome, Verdict


def run_until_sure(experiment: Experiment, tell: Callable[[str], None]) -> tuple[Verdict, Path]:
    """Run, and once more when the first run could not say anything about the workspace."""
    verdict, folder = experiment.run()
    if verdict.verdict is Outcome.INCONCLUSIVE:
        tell(f"{verdict.why} Running it once more.")
        verdict, folder = experiment.run()
    return verdict, folder
