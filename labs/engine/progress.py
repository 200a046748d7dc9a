"""What the learner has done: labs, attempts, predictions, diagnoses, interview cards, incidents.

`progress_file.py` keeps it. What a newer version wrote is carried along everywhere.
"""

from __future__ import annotations

import time
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from labs.engine.design_round import DesignRound

REMEMBERED = 60
DUE_AGAIN_S = 3 * 86400.0  # a lab whose repair was read is done again after three days
Moment = float


class Guess(BaseModel):
    """What somebody predicted, before the run that measures it."""

    model_config = ConfigDict(extra="allow")
    best: float | None = None  # None: skipped
    low: float | None = None
    high: float | None = None
    at: Moment = 0.0
    measured: float | None = None
    run: str = ""  # the one that measured it


class Attempt(BaseModel):
    """One judged run."""

    model_config = ConfigDict(extra="allow")
    at: Moment
    kind: str  # break, check, watch
    verdict: str
    run: str
    why: str = ""
    measured: dict[str, float | None] = Field(default_factory=dict)


class Line(BaseModel):
    """One line that the learner wrote; a newer one stands behind it, none is replaced."""

    model_config = ConfigDict(extra="allow")
    at: Moment
    text: str


class Diagnosed(BaseModel):
    """One diagnosis that was tried, and what held of it."""

    model_config = ConfigDict(extra="allow")
    at: Moment
    component: str = ""  # empty: skipped
    mechanism: str = ""
    evidence: str = ""
    run: str = ""
    right: bool = False


class LabProgress(BaseModel):
    """One lab, as far as this learner is concerned."""

    model_config = ConfigDict(extra="allow")
    skipped_at: Moment | None = None
    studied_at: Moment | None = None  # the last hint, which is the repair, was read
    resolved_at: Moment | None = None  # solved again after it was due again
    debriefed_at: Moment | None = None
    held_at: Moment | None = None  # the outage was held to be looked at; nothing was judged
    lines: dict[str, list[Line]] = Field(default_factory=dict)
    diagnoses: list[Diagnosed] = Field(default_factory=list)
    started_at: Moment | None = None
    solved_at: Moment | None = None
    broken_run: str = ""
    solved_run: str = ""
    hints: list[int] = Field(default_factory=list)
    guesses: dict[str, Guess] = Field(default_factory=dict)
    attempts: list[Attempt] = Field(default_factory=list)

    @property
    def checks(self) -> list[Attempt]:
        """The judged runs of the learner's code, without the outages they only looked at."""
        return [attempt for attempt in self.attempts if attempt.kind != "break"]

    @property
    def fails(self) -> int:
        """How many checks failed."""
        return sum(attempt.verdict == "FAIL" for attempt in self.checks)

    def line(self, about: str) -> str:
        """Return the newest line that the learner wrote about something."""
        written = self.lines.get(about)
        return written[-1].text if written else ""

    def write(self, about: str, text: str, at: Moment) -> None:
        """Add a line; what was written before is kept."""
        if text and text != self.line(about):
            self.lines.setdefault(about, []).append(Line(at=at, text=text))

    def measured_so_far(self, claim: str) -> list[float]:
        """Return every value a claim had in a run that could say something."""
        found = [a.measured.get(claim) for a in self.attempts if a.verdict != "INCONCLUSIVE"]
        return [value for value in found if value is not None]

    def last_measured(self) -> dict[str, float | None]:
        """What each claim measured in the last run that could say something, breaks included."""
        last: dict[str, float | None] = {}
        for attempt in (a for a in self.attempts if a.verdict != "INCONCLUSIVE"):
            last |= {key: value for key, value in attempt.measured.items() if value is not None}
        return last


class Answered(BaseModel):
    """One time that an interview card was answered: the points that were said, of how many."""

    model_config = ConfigDict(extra="allow")
    at: Moment
    said: list[int] = Field(default_factory=list)
    of: int = 0
    typed: str = ""  # what was typed in place of said aloud


class OnCall(BaseModel):
    """One incident on call; `known` are the labs that it was drawn from."""

    model_config = ConfigDict(extra="allow")
    seed: int
    began_at: Moment
    run: str = ""
    known: list[str] = Field(default_factory=list)
    ended_at: Moment | None = None
    right: bool = False


class Progress(BaseModel):
    """The whole file; what a newer version wrote is kept."""

    model_config = ConfigDict(extra="allow")
    format: int = 1
    in_hand: str = ""
    labs: dict[str, LabProgress] = Field(default_factory=dict)
    drill: dict[str, list[Answered]] = Field(default_factory=dict)
    oncall: list[OnCall] = Field(default_factory=list)
    design: list[DesignRound] = Field(default_factory=list)
    interview: str = ""  # the date, as YYYY-MM-DD

    def lab(self, slug: str) -> LabProgress:
        """Return the progress of one lab, begun or not."""
        return self.labs.setdefault(slug, LabProgress())

    def pinned_runs(self) -> frozenset[str]:
        """Return the runs that something will be told from later."""
        return frozenset(
            run for lab in self.labs.values() for run in (lab.broken_run, lab.solved_run) if run
        )


def note_attempt(
    progress: Progress, slug: str, kind: str, verdict: dict[str, Any], run: str
) -> None:
    """Remember one judged run; the first PASS is what solves a lab."""
    lab = progress.lab(slug)
    measured = {claim["id"]: claim["measured"] for claim in verdict["claims"]}
    now = time.time()
    attempt = Attempt(
        at=now,
        kind=kind,
        verdict=verdict["verdict"],
        run=run,
        why=verdict["why"],
        measured=measured,
    )
    lab.attempts = [*lab.attempts, attempt][-REMEMBERED:]
    if kind == "break" and verdict["verdict"] == "FAIL":
        lab.broken_run = run
    if kind != "break" and verdict["verdict"] == "PASS":
        lab.solved_run = run
        lab.solved_at = lab.solved_at or now
        if lab.studied_at is not None and now >= lab.studied_at + DUE_AGAIN_S:
            lab.resolved_at = now
