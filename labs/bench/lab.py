"""From a saved file to a verdict: where the seconds of one check go.

Each round deploys the other variant, so that every check meets services that have to restart, as it
does after a save. The stages are the ones that the experiment itself tells its audience.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from labs.bench.rounds import Spread
from labs.engine.audience import Audience
from labs.engine.catalogue import find
from labs.engine.experiment import DATABASE, Experiment
from labs.engine.tree import lay_variant, variants_home
from stack.home import Home
from stack.warden.client import Warden

SLUG = "stampede"
# What the experiment says when a stage begins, and what we call it.
STAGES = {
    "starting the services": "restart",
    "laying in the state": "reset",
    "steady state": "steady state",
    "running": "experiment",
    "gathering the evidence": "grading",
}
_VARIANTS = ("bug", "reference")

Moment = tuple[str, float]


@dataclass(frozen=True, slots=True)
class Answer:
    """The seconds of each stage, check by check, and how long the timeline itself is."""

    slug: str
    timeline_s: float
    checks: list[dict[str, float]]

    def stage(self, name: str) -> Spread:
        """One stage over all checks."""
        return Spread.of([check.get(name, 0.0) for check in self.checks])

    @property
    def whole(self) -> Spread:
        """From the save to the verdict."""
        return Spread.of([sum(check.values()) for check in self.checks])

    def as_dict(self) -> dict[str, Any]:
        """Everything that `--json` prints; `ratio`: how many times as long as its timeline."""
        return {
            "ratio": round(self.whole.median / self.timeline_s, 2),
            "lab": self.slug,
            "rounds": len(self.checks),
            "timeline_s": self.timeline_s,
            "seconds": self.whole.as_dict(2),
            "stages": {
                name: self.stage(name).as_dict(2) for name in ("setting up", *STAGES.values())
            },
        }

    def lines(self) -> Iterator[str]:
        """Say the same to a person."""
        for name, seconds in self.as_dict()["stages"].items():
            yield f"{name:<14} {seconds['median']:>6.2f} s"
        yield f"{'all of it':<14} {self.whole.median:>6.2f} s (median)"


def split(moments: Sequence[Moment], began_s: float, ended_s: float) -> dict[str, float]:
    """Seconds per stage: each lasts until the next begins, the last until the end."""
    seconds: dict[str, float] = {}
    marks = [("setting up", began_s), *moments, ("the end", ended_s)]
    for (words, from_s), (_, until_s) in pairwise(marks):
        name = STAGES.get(words, words)
        seconds[name] = seconds.get(name, 0.0) + until_s - from_s
    return seconds


def measure(home: Home, slug: str, *, rounds: int, tell: Callable[[str], None]) -> Answer:
    """Check one variant after the other."""
    folder, warden = find(slug), Warden(home)
    trees = {v: lay_variant(folder, v, variants_home(home.path, folder, v)) for v in _VARIANTS}
    scale = {key: str(value) for key, value in folder.lab.scale.items()}
    warden.up(folder.lab.needs, trees["reference"], scale, DATABASE)
    answer = Answer(slug, folder.lab.length_s, [])
    for number in range(rounds):
        variant = _VARIANTS[number % len(_VARIANTS)]
        verdict, check = _timed(Experiment(home, folder, trees[variant], "bench"))
        answer.checks.append(check)
        tell(_line(variant, verdict, check))
    return answer


def _timed(experiment: Experiment) -> tuple[str, dict[str, float]]:
    moments: list[Moment] = []
    experiment.audience = Audience(stage=lambda words: moments.append((words, time.monotonic())))
    began_s = time.monotonic()
    verdict, _ = experiment.run()
    return str(verdict.verdict), split(moments, began_s, time.monotonic())


def _line(variant: str, verdict: str, check: Mapping[str, float]) -> str:
    parts = "  ".join(f"{name} {seconds:.1f}" for name, seconds in check.items())
    return f"{variant:<9} {verdict:<12} {sum(check.values()):5.1f} s:  {parts}"
