"""The figures that are shown, and the three lines they make."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

from labs.engine.catalogue import LabFolder
from labs.engine.figures import percentile
from labs.engine.model import Lab
from labs.engine.progress import LabProgress
from labs.engine.recorded import RecordedRun
from labs.engine.results import spoken
from labs.loop import board, scores
from labs.report import series


@dataclass(frozen=True)
class Summary:
    """One lab as its learner may show it."""

    number: int
    title: str
    course: str
    outcome: str
    waited: str
    learner: str

    @property
    def lines(self) -> list[str]:
        """Three lines of text."""
        head = f"Short Circuit, lab {self.number:02}: {self.title}"
        return [head, f"{self.outcome}; {self.waited}", f"{self.learner} {self.course}"]

    def title_lines(self, width: int) -> list[str]:
        """Return the title in lines that fit a picture."""
        return textwrap.wrap(self.title, width)[:2]


def summary(
    folder: LabFolder,
    done: LabProgress,
    before: RecordedRun,
    after: RecordedRun,
    solved_of: tuple[int, int],
) -> Summary:
    """Gather what may be shown of one lab."""
    lab: Lab = folder.lab
    words = [str(run.verdict.get("verdict", "-")) for run in (before, after)]
    took = board.row(folder, done)["minutes_to_mitigate"]
    within = f" in {took:g} min" if took else ""
    checks, hints = len(done.checks), len(done.hints)
    took_them = f"{_count(checks, 'check')}, {_count(hints, 'hint')}"
    outcome = f"{words[0]} -> {words[1]}{within}, {took_them}"
    phase = before.main_phase
    waited = f"99 of 100 waited at most {_p99(before, phase)} -> {_p99(after, phase)}"
    course = f"{solved_of[0]} of {solved_of[1]} labs solved."
    return Summary(lab.number, lab.title, course, outcome, waited, _learner(done))


def _learner(done: LabProgress) -> str:
    tried = [one for one in done.diagnoses if one.component]
    right = next((n for n, one in enumerate(tried, 1) if one.right), None)
    words = [f"Diagnosed right on try {right}."] if right else []
    factors = [found.factor for g in done.guesses.values() if (found := scores.score(g))]
    if factors and min(factors) > 1:
        words.append(f"Best prediction: {spoken(min(factors))}x off.")
    elif factors:
        words.append("One prediction was exact.")
    return " ".join(words)


def _p99(run: RecordedRun, phase: str) -> str:
    """What the lab is about: a phase that only tries the repair's corners would blur it."""
    found = percentile([dot.took_ms for dot in series.dots(run, phase)], 99)
    return "-" if found is None else f"{found:.0f} ms"


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
