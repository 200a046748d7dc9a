"""Which runs of one lab are still there: the outage to cite from, the two to compare."""

from __future__ import annotations

from labs.engine.catalogue import LabFolder
from labs.engine.progress import LabProgress
from labs.engine.recorded import RecordedRun, all_runs
from stack.home import Home

NEWEST = 6


def runs_of(home: Home, folder: LabFolder, lab: LabProgress) -> list[RecordedRun]:
    """Return the runs of the learner's own project, outages first, `--hold` included."""
    mark = f"-{folder.lab.number:02}-workspace"
    mine = [run for run in all_runs(home.runs) if mark in run.run_id][:NEWEST]
    noted = [home.runs / attempt.run for attempt in reversed(lab.attempts) if attempt.run]
    pinned = [home.runs / lab.broken_run] if lab.broken_run else []
    known = [*pinned, *(run.folder for run in mine), *noted[:NEWEST]]
    return [RecordedRun(path) for path in dict.fromkeys(known) if (path / "plan.json").exists()]


def broken_run(home: Home, lab: LabProgress) -> RecordedRun | None:
    """Return the run before the repair: the outage that was watched, or the first FAIL.

    On a busy machine no outage may have been judged; one that was only watched still shows it.
    """
    failed = [attempt.run for attempt in lab.attempts if attempt.verdict == "FAIL"]
    watched = [a.run for a in lab.attempts if a.kind == "break" and a.verdict != "PASS"]
    return _first(home, [lab.broken_run, *failed, *watched])


def solved_run(home: Home, lab: LabProgress) -> RecordedRun | None:
    """Return the run that passed."""
    return _first(home, [lab.solved_run])


def _first(home: Home, names: list[str]) -> RecordedRun | None:
    there = (home.runs / name for name in names if name)
    return next((RecordedRun(path) for path in there if (path / "requests.jsonl").exists()), None)
