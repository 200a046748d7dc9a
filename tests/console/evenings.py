"""A home after some evenings: labs solved, a number predicted, cards due, a pager that may ring."""

import time

from loop_samples import BROKEN, SOLVED
from run_samples import write_run

from labs.engine.catalogue import all_labs
from labs.engine.progress import Attempt, Guess, OnCall, Progress
from labs.engine.progress_file import ProgressFile
from labs.loop import oncall as calls
from stack.home import Home

DAY_S = 86400.0
INCIDENT = "20261121-210000-99-workspace"
SEED = 3


def some_evenings(home: Home, solved: int = 5) -> ProgressFile:
    """Solve the first labs, and lab 07 with both of its runs; what it asked for is due."""
    for run, repaired in ((BROKEN, False), (SOLVED, True)):
        write_run(home.runs / run, repaired=repaired, rps=100)
    file = ProgressFile(home)
    labs = [folder.lab for folder in all_labs()]
    others = [lab.slug for lab in labs if lab.number != 7][: solved - 1]

    def how(progress: Progress) -> None:
        now = time.time()
        for slug in others:
            progress.lab(slug).solved_at = now - 2 * DAY_S
            progress.lab(slug).debriefed_at = now - DAY_S / 2
        _lab_07(progress, now)

    file.change(how)
    return file


def paged(home: Home) -> OnCall:
    """Let an incident be open, with a run like a real one."""
    if not (home.runs / INCIDENT).exists():
        write_run(home.runs / INCIDENT, repaired=False, rps=100)
    file = ProgressFile(home)
    known = [folder.lab.slug for folder in calls.eligible(all_labs(), file.read())]
    call = OnCall(seed=SEED, began_at=time.time(), run=INCIDENT, known=sorted(known))
    file.change(lambda progress: progress.oncall.append(call))
    return call


def _lab_07(progress: Progress, now: float) -> None:
    lab = progress.lab("stampede")
    lab.started_at, lab.solved_at, lab.debriefed_at = now - 9000, now - 7000, now - 2 * DAY_S
    lab.broken_run, lab.solved_run = BROKEN, SOLVED
    for kind, verdict, run, loads in (
        ("break", "FAIL", BROKEN, 87.0),
        ("check", "FAIL", "gone", 51.0),
        ("check", "PASS", SOLVED, 2.0),
    ):
        attempt = Attempt(at=now - 8000, kind=kind, verdict=verdict, run=run)
        attempt.measured = {"loads": loads}
        lab.attempts.append(attempt)
    lab.guesses["crowd"] = Guess(best=60, low=40, high=100, at=1.0, measured=87.0)
    lab.guesses["after"] = Guess(best=20, at=1.0, measured=2.0)
