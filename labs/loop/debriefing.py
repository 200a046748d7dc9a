"""Gathers a debrief: two runs, what was predicted and written, and what we would say."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from labs.engine.catalogue import LabFolder
from labs.engine.progress import LabProgress
from labs.engine.recorded import RecordedRun
from labs.engine.session import REPAIR, Session
from labs.loop import facts, ours, postmortem, scores
from labs.loop.impact import SLOW_MS, impact
from labs.loop.runs_of import broken_run, solved_run
from labs.loop.story import story
from labs.report.debrief import Beside, Debrief, Row
from labs.report.markdown import markdown


@dataclass(frozen=True)
class Gathered:
    """Everything that a debrief is made of."""

    folder: LabFolder
    done: LabProgress
    before: RecordedRun
    after: RecordedRun
    place: Path  # where debriefs of this home stand

    @property
    def page(self) -> Path:
        """The generated page."""
        return self.place / f"{self._name}.html"

    @property
    def notes(self) -> Path:
        """The postmortem, which is the learner's."""
        return self.place / f"{self._name}.md"

    @property
    def _name(self) -> str:
        return f"{self.folder.lab.number:02}-{self.folder.lab.slug}"

    @property
    def lines(self) -> dict[str, str]:
        """The learner's three lines, as they stand now."""
        return {about: self.done.line(about) for about in ours.QUESTIONS}

    @property
    def diff(self) -> str:
        """What was changed when the run passed; empty where that was not kept."""
        path = self.after.folder / REPAIR
        return path.read_text(encoding="utf-8") if path.exists() else ""

    @property
    def story(self) -> list[tuple[str, str]]:
        """The ninety seconds."""
        return story(self.folder.lab, self.before, self.after, self.done, self.diff)

    @property
    def facts(self) -> list[facts.Fact]:
        """The facts of the postmortem."""
        return facts.facts(self.before, self.after, self.done)

    def write_notes(self) -> str:
        """Write the facts into the learner's file and return its text."""
        today = time.strftime("%Y-%m-%d")
        title = self.folder.lab.title
        return postmortem.write(self.notes, title, self.facts, self.lines, today)


def gather(now: Session, folder: LabFolder) -> Gathered | None:
    """Return what there is to debrief; none while one of the two runs is missing."""
    done = now.progress.lab(folder.lab.slug)
    before, after = broken_run(now.home, done), solved_run(now.home, done)
    if before is None or after is None:
        return None
    return Gathered(folder, done, before, after, now.home.path / "debriefs")


def predictions(folder: LabFolder, done: LabProgress) -> list[Row]:
    """Return what was predicted and what came of it."""
    rows = []
    for prediction in folder.lab.prediction:
        guess = done.guesses.get(prediction.id)
        if guess is not None and guess.best is not None:
            told = scores.told(guess) or f"You said {guess.best:g}; it was not measured."
            rows.append(Row(f"{prediction.asks} ({prediction.unit})", told, "progress.json"))
    return rows


def impact_rows(before: RecordedRun, after: RecordedRun) -> list[Row]:
    """Return failed requests and minutes of a budget, with the formula."""
    rows = []
    for name, run in (("before", before), ("after", after)):
        one = impact(run)
        words = f"{one.failed} of {one.requests} requests failed; {one.slow} waited longer than "
        rows.append(Row(name, f"{words}{SLOW_MS:.0f} ms", f"runs/{run.run_id}/requests.jsonl"))
    first = impact(before)
    return [*rows, Row("formula", first.formula), Row("so", first.lasts)]


def parts(one: Gathered, notes: str) -> Debrief:
    """Return what the page shows besides the two runs."""
    our_side = ours.beside(one.folder)
    return Debrief(
        predictions=predictions(one.folder, one.done),
        impact=impact_rows(one.before, one.after),
        beside=[
            Beside(asks, one.lines[about], markdown(our_side[about], top=4))
            for about, asks in ours.QUESTIONS.items()
        ],
        facts=[Row(fact.what, fact.value, fact.source) for fact in one.facts],
        own=markdown(postmortem.own_part(notes)),
        own_file=f"debriefs/{one.notes.name}",
        story=one.story,
        rest=markdown(ours.rest(one.folder)),
        cannot_show=one.folder.lab.cannot_show,
    )
