"""One run of one variant, as one row of the table: judged, looked at, and its time taken."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path

from labs.engine.aside import Aside
from labs.engine.audience import Audience, Cancelled
from labs.engine.catalogue import LabFolder
from labs.engine.evidence import read_lines
from labs.engine.experiment import Experiment
from labs.engine.measures import measures_of
from labs.engine.rerun import run_until_sure
from labs.engine.session import predicted
from labs.engine.tree import lay_variant, variants_home
from labs.engine.verdict import Outcome, Verdict
from labs.engine.verify import Row
from labs.engine.verify_clock import StageClock, run_seconds
from labs.engine.verify_early import Rejection
from labs.engine.verify_symptoms import seen
from stack.home import Home


@dataclass
class VariantRun:
    """A variant of a lab on the stack of one home."""

    home: Home
    folder: LabFolder
    variant: str
    whole: bool = False  # also a wrong repair runs to its end
    stop: threading.Event = field(default_factory=threading.Event)
    turn: threading.Lock = field(default_factory=threading.Lock)  # one timeline at a time
    aside: Aside | None = None  # where a second stack waits for its turn
    _reran: bool = False
    _early: bool = False

    def row(self, number: int) -> Row:
        """Run, and once more when that could not be judged; Cancelled when somebody wants so."""
        clock = StageClock(self.turn, aside=self.aside)
        try:
            verdict, run = self._judged(clock)
        finally:
            split_s = clock.ended()
        return Row(
            variant=self.variant,
            number=number,
            verdict=verdict.verdict.value,
            broken=tuple(result.id for result in verdict.broken),
            seconds=run_seconds(split_s),
            measured={result.id: result.measured for result in verdict.claims},
            why=verdict.why,
            run=run.name,
            unpredicted=self._unpredicted(verdict, run),
            symptoms=self._symptoms(verdict, run),
            split_s=split_s,
            reran=self._reran,
            early=self._early,
            failed=failed(run),
        )

    def _judged(self, clock: StageClock) -> tuple[Verdict, Path]:
        lab = self.folder.lab
        watch = None
        if not self.whole:
            watch = Rejection.of(lab, measures_of(self.folder.path), self.variant)
        if watch is None:
            return self._until_sure(Audience(stage=clock.stage))
        try:
            return self._until_sure(Audience(stage=clock.stage, tick=watch.tick))
        except Cancelled:
            if watch.result is None or self.stop.is_set():
                raise
        if watch.spoilt():
            self._reran = True
            return self._until_sure(Audience(stage=clock.stage))
        self._early = True
        return watch.verdict(), watch.run

    def _until_sure(self, audience: Audience) -> tuple[Verdict, Path]:
        source = variants_home(self.home.path, self.folder, self.variant)
        root = lay_variant(self.folder, self.variant, source)
        experiment = Experiment(
            self.home, self.folder, root, self.variant, audience, cancel=self.stop
        )
        return run_until_sure(experiment, self._again)

    def _again(self, _said: str) -> None:
        self._reran = True

    def _symptoms(self, verdict: Verdict, run: Path) -> tuple[float | None, ...]:
        """Only the bug has to show them, and only the reference must not; both must have run."""
        never_ran = {"starts", "steady"} & {result.id for result in verdict.broken}
        if self.variant not in {"bug", "reference"} or never_ran:
            return ()
        return seen(self.home, self.folder, run)

    def _unpredicted(self, verdict: Verdict, run: Path) -> tuple[str, ...]:
        """The bug measures what is asked before break, the reference what is asked before check."""
        when = {"bug": "break", "reference": "check"}.get(self.variant)
        asked = [p for p in self.folder.lab.prediction if p.when == when]
        if not asked or verdict.verdict is Outcome.INCONCLUSIVE:
            return ()
        measured = predicted(self.folder, run, asked)
        return tuple(name for name, value in measured.items() if value is None)


def failed(run: Path) -> tuple[str, ...]:
    """Return what the lab itself could not do in a run: its actions and faults, with the error."""
    told = [line for line in read_lines(run / "events.jsonl") if line.get("says")]
    actions = [f"action {e['name']} failed: {e['says']}" for e in told if e["kind"] == "action"]
    faults = [f"fault {e['name']} {e['says']}" for e in told if e["kind"] == "note"]
    return (*actions, *faults)
