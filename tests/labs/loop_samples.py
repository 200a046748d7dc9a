"""A LAB_HOME in which lab 07 was broken and repaired, made of run folders like real ones."""

import os
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from unittest.mock import patch

import typer
from run_samples import write_run
from typer.testing import CliRunner

from labs.commands import debrief, design, diagnose, drill, predict, verbs
from labs.engine.catalogue import CHECKOUT
from labs.engine.progress import Attempt, Guess
from labs.engine.progress_file import ProgressFile
from stack.home import Home
from stack.trouble import Trouble

BROKEN = "20261120-200000-07-workspace"
SOLVED = "20261120-203000-07-workspace"
SECRET_USER, SECRET_HOST = "quentin", "minas-tirith"


class Lab:
    """Runs `lab` with these words and returns what it printed."""

    def __init__(self, root: Path) -> None:
        self.home = Home(root / SECRET_USER / "home")
        self.cwd = root
        self.file = ProgressFile(self.home)

    def __call__(self, *words, code=0, stdin=""):
        environment = {
            "PATH": os.environ["PATH"],
            "LAB_HOME": str(self.home.path),
            "PYTHONPATH": str(CHECKOUT),
            "COLUMNS": "80",
            "USER": SECRET_USER,
            "HOSTNAME": SECRET_HOST,
            "MPLCONFIGDIR": str(self.cwd / "matplotlib"),
        }
        done = subprocess.run(
            [sys.executable, "-W", "error", "-m", "labs", *words],
            env=environment,
            cwd=self.cwd,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def quick(self, *words, code=0, typed=None):
        """The same without a process of its own: seconds less. `typed` is what a person types."""
        app = typer.Typer()
        verbs.register(app, ["--help"])
        home = {"LAB_HOME": str(self.home.path), "COLUMNS": "80"}
        words = [str(word) for word in words]
        with ExitStack() as terminal:
            asking = (debrief, design, diagnose, drill, predict)
            for verb in asking if typed is not None else ():
                terminal.enter_context(patch.object(verb, "may_ask", lambda: True))
            done = CliRunner().invoke(app, words, env=home, input=typed)
        if isinstance(done.exception, Trouble):
            assert code == 2, done.exception.said
            return f"{done.exception.said}\nnext: {done.exception.try_next}"
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert done.exit_code == code, done.output
        return done.output

    @property
    def progress(self):
        return self.file.read()

    @property
    def stampede(self):
        return self.progress.lab("stampede")

    def change(self, how):
        self.file.change(lambda progress: how(progress.lab("stampede")))


def begun(root: Path) -> Lab:
    """Lab 07 is in hand and its outage was watched."""
    lab = Lab(root)
    lab.quick("start", "07", "--no-up")
    write_run(lab.home.runs / BROKEN, repaired=False, rps=100)
    lab.change(_watched)
    return lab


def solved(root: Path) -> Lab:
    """Lab 07 passed after one FAIL, and a number was predicted."""
    lab = begun(root)
    write_run(lab.home.runs / SOLVED, repaired=True, rps=100)
    lab.change(_passed)
    return lab


def _watched(lab):
    measured = {"loads": 87.0}
    lab.attempts.append(_attempt("break", "FAIL", BROKEN, measured))
    lab.broken_run = BROKEN


def _passed(lab):
    lab.attempts.append(_attempt("check", "FAIL", "gone", {"loads": 51.0}))
    lab.attempts.append(_attempt("check", "PASS", SOLVED, {"loads": 2.0}))
    lab.solved_run, lab.solved_at = SOLVED, time.time()
    lab.guesses["crowd"] = Guess(best=60, low=40, high=100, at=1.0, measured=87.0)


def _attempt(kind, verdict, run, measured):
    return Attempt(at=time.time(), kind=kind, verdict=verdict, run=run, measured=measured)
