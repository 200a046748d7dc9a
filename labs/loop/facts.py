"""The facts of a postmortem, each with the file it stands in: nothing here is an opinion."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from labs.engine.figures import is_good
from labs.engine.progress import LabProgress
from labs.engine.recorded import RecordedRun
from labs.engine.results import spoken
from labs.loop.impact import SLOW_MS, impact

LEDGER, EVENTS, PROGRESS = "requests.jsonl", "events.jsonl", "progress.json"


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that is known, and where it can be read again."""

    what: str
    value: str
    source: str


def facts(before: RecordedRun, after: RecordedRun, lab: LabProgress) -> list[Fact]:
    """Return impact, the outage second by second, and the evening."""
    return [*_impact(before, after), *_outage(before), *_evening(lab)]


def _impact(before: RecordedRun, after: RecordedRun) -> Iterator[Fact]:
    for name, run in (("before", before), ("after", after)):
        one = impact(run)
        source = f"runs/{run.run_id}/{LEDGER}"
        counted = f"{one.failed} failed, {one.slow} waited longer than {SLOW_MS:.0f} ms"
        yield Fact(f"impact {name}", f"{counted}, of {one.requests} requests", source)
    yield Fact("error budget", impact(before).formula, f"runs/{before.run_id}/{LEDGER}")


def _outage(run: RecordedRun) -> Iterator[Fact]:
    source = f"runs/{run.run_id}/"
    for fault in run.faults:
        words = f"on from {fault.from_s:.1f} s to {fault.to_s:.1f} s"
        yield Fact(f"fault {fault.name}", words, source + EVENTS)
    for event in run.events:
        if event.kind == "action":
            words = f"at {event.at_s:.1f} s" + (f": {event.says}" if event.says else "")
            yield Fact(f"action {event.name}", words, source + EVENTS)
    moments = _symptoms(run)
    if moments:
        of = f"a request of {run.main_phase} due at"
        first = f"{of} {moments[0]:.1f} s failed or waited over {SLOW_MS:.0f} ms"
        yield Fact("first symptom", first, source + LEDGER)
        yield Fact("last symptom", f"{of} {moments[-1]:.1f} s", source + LEDGER)


def _symptoms(run: RecordedRun) -> list[float]:
    """When requests of the main phase were due that failed or waited long."""
    found = []
    for line in run.requests:
        planned_s, done_s = float(line["planned_s"]), float(line.get("done_s") or 0.0)
        waited = (done_s - planned_s) * 1000 > SLOW_MS
        if line.get("phase") == run.main_phase and (waited or not is_good(line)):
            found.append(planned_s - run.t0)
    return sorted(found)


def _evening(lab: LabProgress) -> Iterator[Fact]:
    seen = next((a.at for a in lab.attempts if a.kind == "break"), None)
    looked = next((d.at for d in lab.diagnoses if d.component), None)
    right = next((d.at for d in lab.diagnoses if d.right), None)
    for what, at in (
        ("lab started", lab.started_at),
        ("outage watched", seen),
        ("first diagnosis", looked),
        ("diagnosis that held", right),
        ("repair held", lab.solved_at),
    ):
        if at is not None:
            yield Fact(what, time.strftime("%Y-%m-%d %H:%M", time.localtime(at)), PROGRESS)
    for what, until in (("time to diagnose", right), ("time to mitigate", lab.solved_at)):
        if seen is not None and until is not None and until >= seen:
            yield Fact(what, f"{spoken(round((until - seen) / 60, 1))} min", PROGRESS)
    hints = len(lab.hints)
    yield Fact("checks", f"{len(lab.checks)}, of which {lab.fails} failed; {hints} hints", PROGRESS)
