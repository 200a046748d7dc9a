"""One learner at one home: the lab in hand, the workspace, the progress, and where they are."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from labs.engine.catalogue import HINT_KINDS, LabFolder, all_labs
from labs.engine.evidence import read_evidence
from labs.engine.git import GitError
from labs.engine.measures import measures_of
from labs.engine.model import Prediction
from labs.engine.next_step import Place, next_step
from labs.engine.progress import Attempt, Guess, LabProgress, Progress, note_attempt
from labs.engine.progress_file import ProgressFile
from labs.engine.runs import forget_old
from labs.engine.verdict import Outcome, Verdict
from labs.engine.workspace import Workspace
from stack.home import Home, write_atomically
from stack.trouble import Trouble

REPAIR = "repair.diff"


class Session:
    """What the learner's verbs work on."""

    def __init__(self, home: Home, tell: Callable[[str], None] = lambda _said: None) -> None:
        self.home = home
        self.file = ProgressFile(home, tell)
        self.workspace = Workspace.of(home)

    @property
    def progress(self) -> Progress:
        """The progress as it stands on disk now."""
        return self.file.read()

    def in_hand(self) -> LabFolder | None:
        """Return the lab in hand; the workspace itself is asked when the progress was lost."""
        progress, number = self.progress, self.workspace.number()
        slug = progress.in_hand
        for folder in all_labs():
            left = progress.lab(folder.lab.slug).skipped_at is not None
            laid_out = not slug and folder.lab.number == number and not left
            if folder.lab.slug == slug or laid_out:
                return folder
        return None

    def folder(self) -> LabFolder:
        """Return the lab in hand, or say how to take one."""
        folder = self.in_hand()
        if folder is None:
            raise Trouble("No lab is in hand.", next_step(self.place()))
        return folder

    def take(self, folder: LabFolder, now: float) -> None:
        """Note that a lab was begun, or begun again."""

        def how(progress: Progress) -> None:
            progress.in_hand = folder.lab.slug
            progress.lab(folder.lab.slug).started_at = now
            progress.lab(folder.lab.slug).skipped_at = None

        self.file.change(how)

    def note(self, folder: LabFolder, kind: str, verdict: Verdict, run: Path) -> None:
        """Note a judged run, what it says about predictions, and forget runs nobody needs."""
        when = "break" if kind == "break" else "check"
        asked = [p for p in folder.lab.prediction if p.when == when]
        measured = predicted(folder, run, asked) if (run / "plan.json").exists() else {}

        def how(progress: Progress) -> None:
            note_attempt(progress, folder.lab.slug, kind, verdict.as_json(), run.name)
            guesses = progress.lab(folder.lab.slug).guesses
            for prediction in asked:
                guess = guesses.get(prediction.id)
                if guess is not None and guess.measured is None:
                    guess.measured = measured.get(prediction.id)
                    guess.run = run.name if guess.measured is not None else ""

        if kind != "break" and verdict.verdict is Outcome.PASS:
            self._keep_repair(run, verdict.code)
        forget_old(self.home, pinned=self.file.change(how).pinned_runs())

    def _keep_repair(self, run: Path, code: str) -> None:
        """Keep what was changed beside the run that proved it; later edits are another story."""
        with contextlib.suppress(Trouble, GitError, OSError):
            if run.is_dir() and self.workspace.hash == code:
                write_atomically(run / REPAIR, self.workspace.diff())

    def repair_is_kept(self) -> bool:
        """Whether what lies in the workspace is the repair that passed: its run keeps the diff."""
        folder = self.in_hand()
        done = [] if folder is None else this_round(self.progress.lab(folder.lab.slug))
        passed = [attempt.run for attempt in done if attempt.verdict == "PASS"]
        with contextlib.suppress(Trouble, GitError, OSError):
            kept = self.home.runs / passed[-1] / REPAIR if passed else None
            return kept is not None and kept.read_text(encoding="utf-8") == self.workspace.diff()
        return False

    def guess(self, folder: LabFolder, prediction: Prediction, guess: Guess) -> None:
        """Note a prediction; nobody changes it once it was measured."""
        slug = folder.lab.slug
        self.file.change(lambda p: p.lab(slug).guesses.update({prediction.id: guess}))

    def change_lab(self, folder: LabFolder, how: Callable[[LabProgress], None]) -> None:
        """Change what is known about one lab."""
        self.file.change(lambda progress: how(progress.lab(folder.lab.slug)))

    def saw_hint(self, folder: LabFolder, number: int) -> None:
        """Note that a hint was read."""

        def how(progress: Progress) -> None:
            lab = progress.lab(folder.lab.slug)
            lab.hints = sorted({*lab.hints, number})
            if number == len(HINT_KINDS) and lab.studied_at is None:
                lab.studied_at = time.time()

        self.file.change(how)

    def place(self) -> Place:
        """Return where the learner is in the loop."""
        labs = all_labs()
        progress = self.progress
        open_labs = [f for f in labs if _to_do(progress.lab(f.lab.slug))] or labs
        first = open_labs[0].lab.number if open_labs else 1
        folder = self.in_hand()
        if folder is None:
            return Place(first_lab=first)
        lab = progress.lab(folder.lab.slug)
        attempts = this_round(lab)
        checks = [attempt for attempt in attempts if attempt.kind != "break"]
        held = (lab.held_at or 0.0) > (lab.started_at or 0.0)
        exists = self.workspace.exists
        return Place(
            first_lab=first,
            number=folder.lab.number,
            workspace=exists,
            changed=exists and self.workspace.has_unsaved_work(),
            solved=bool(checks) and checks[-1].verdict == "PASS",
            broken=held or any(attempt.kind == "break" for attempt in attempts),
            unasked_break=_unasked(folder, lab, "break"),
            unasked_check=_unasked(folder, lab, "check"),
            fails=sum(check.verdict == "FAIL" for check in checks),
            fails_since_hint=_fails_since_hint(checks, lab),
            hints_left=4 - len(lab.hints),
            looked=held or bool(lab.diagnoses),
            undiagnosed=folder.lab.diagnosis is not None and not lab.diagnoses,
            debriefed=(lab.debriefed_at or 0.0) > (lab.started_at or 0.0),
        )


def this_round(lab: LabProgress) -> list[Attempt]:
    """Return the attempts since the lab was last started."""
    return [attempt for attempt in lab.attempts if attempt.at >= (lab.started_at or 0.0)]


def _to_do(lab: LabProgress) -> bool:
    return lab.solved_at is None and lab.skipped_at is None


def predicted(folder: LabFolder, run: Path, asked: list[Prediction]) -> dict[str, float | None]:
    """Return what a run measured for each of these predictions."""
    evidence = read_evidence(folder.lab, run)
    measures = measures_of(folder.path)
    return {p.id: measures[p.measure](evidence, p.of).value for p in asked}


def unanswered(folder: LabFolder, lab: LabProgress, when: str) -> list[Prediction]:
    """Return the predictions of one moment that were neither made nor skipped."""
    return [p for p in folder.lab.prediction if p.when == when and p.id not in lab.guesses]


def _unasked(folder: LabFolder, lab: LabProgress, when: str) -> bool:
    return bool(unanswered(folder, lab, when))


def _fails_since_hint(checks: list[Attempt], lab: LabProgress) -> int:
    """Two FAILs for every hint read: the next one is offered after two more."""
    fails = sum(check.verdict == "FAIL" for check in checks)
    return fails - 2 * len(lab.hints)


def verdict_json(verdict: Verdict, run: Path) -> dict[str, Any]:
    """Return what `--json` prints for a judged run."""
    return verdict.as_json() | {"run": run.name}
