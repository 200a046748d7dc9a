"""`watch`: a word within two seconds of a save, each claim as soon as it is decided."""

import contextlib
import queue
import select
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import typer
from watchfiles import watch as changes_in

from labs import screen
from labs.commands import lab_help
from labs.commands.asking import may_ask
from labs.commands.lab_runs import INTERRUPTED, ready, say_missing, show_checklist, show_line
from labs.engine.audience import Audience, Cancelled
from labs.engine.catalogue import LabFolder
from labs.engine.checklist import Before, before, claim_lines
from labs.engine.early import Early
from labs.engine.experiment import Experiment
from labs.engine.measures import measures_of
from labs.engine.rerun import run_until_sure
from labs.engine.session import Session
from labs.engine.verdict import Outcome
from stack.compiled import syntax_error
from stack.trouble import Trouble

DECIDE_EVERY_S = 0.5
KEY_WITHIN_S = 0.1
FOOTER = "watching: save a file to check it   (h hint   d diff   r reset   q quit)"


def register(app: typer.Typer) -> None:
    """Add `watch`."""
    app.command("watch")(watch)


def watch() -> None:
    """Check on every save, until q: the first word within two seconds, claims as they fall."""
    now, folder = ready()
    watcher = Watcher(now, folder)
    with contextlib.ExitStack() as after:
        after.callback(watcher.cancel)
        after.enter_context(_keys_one_by_one())
        try:
            watcher.loop()
        except KeyboardInterrupt:
            raise typer.Exit(INTERRUPTED) from None


class Watcher:
    """One run at a time: a new save ends the one under way."""

    def __init__(self, now: Session, folder: LabFolder) -> None:
        self.now = now
        self.folder = folder
        self.console = screen.console()
        self.saves: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._run: threading.Thread | None = None
        self._ended = threading.Event()

    def loop(self) -> None:
        """Wait for saves and keys."""
        threading.Thread(target=self._wait_for_saves, daemon=True).start()
        self._saved(0)
        while True:
            with contextlib.suppress(queue.Empty):
                self._saved(self.saves.get_nowait())
            key = _key()
            if key == "q":
                return
            if key in ("h", "d", "r"):
                self._help_out(key)

    def cancel(self) -> None:
        """End the run under way and wait until its load and faults are gone."""
        self._ended.set()
        if self._run is not None:
            self._run.join()

    def _wait_for_saves(self) -> None:
        services = self.now.workspace.path / "services"
        for found in changes_in(services, debounce=200, step=50):
            self.saves.put(len(found))

    def _saved(self, files: int) -> None:
        self._ended.set()  # the old run ends while the first word is said
        if files:
            stamp = time.strftime("%H:%M:%S")
            self._say(f"\n{stamp} saved ({files} file{'s' if files > 1 else ''})")
        wrong = syntax_error(self.now.workspace.path / "services")
        if wrong:
            where, what = wrong
            self._say(f"FAIL  does not start: {where}: {what}")
            self._say(FOOTER)
            return
        self._say("syntax is fine; starting the services")
        self.cancel()
        self._ended = threading.Event()
        self._run = threading.Thread(target=self._check, args=(self._ended,), daemon=True)
        self._run.start()

    def _check(self, ended: threading.Event) -> None:
        early = Early(self.folder.lab, measures_of(self.folder.path))
        experiment = Experiment(
            self.now.home,
            self.folder,
            self.now.workspace.path,
            audience=Audience(stage=self._stage, tick=self._ticker(early)),
            cancel=ended,
        )
        last = before(self.folder.lab, self.now.progress.lab(self.folder.lab.slug))
        try:
            verdict, run = run_until_sure(experiment, self._say)
        except Cancelled:
            if early.lost and not ended.is_set():
                lost = early.verdict()
                self.now.note(self.folder, "watch", lost, early.run)
                why = "" if lost.verdict is Outcome.FAIL else f": {lost.why}"
                self._say(f"{lost.verdict.value}  the rest was not measured{why}")
                self._say(FOOTER)
            return
        except Trouble as trouble:
            self._say(f"{trouble.said}\nnext: {trouble.try_next}")
            return
        self.now.note(self.folder, "watch", verdict, run)
        self._say("")
        show_checklist(self.folder, verdict, last)
        say_missing(self.now)
        if verdict.verdict is Outcome.PASS:
            self._say(f"Solved: this lab is called {self.folder.lab.slug}.")
        self._say(FOOTER)

    def _ticker(self, early: Early) -> "Ticker":
        last = before(self.folder.lab, self.now.progress.lab(self.folder.lab.slug))
        return Ticker(early, last)

    def _stage(self, words: str) -> None:
        self._say(f"{words} ...")

    def _help_out(self, key: str) -> None:
        """The other verbs, without leaving the watch."""
        try:
            if key == "h":
                lab_help.hint(again=False)
            elif key == "d":
                lab_help.diff(as_json=False)
            else:
                lab_help.reset(file="")
        except Trouble as trouble:
            self._say(f"{trouble.said}\nnext: {trouble.try_next}")
        except typer.Exit:
            self._say("Left as it is.")

    def _say(self, words: str) -> None:
        self.console.print(words, markup=False)


class Ticker:
    """Tells each claim as soon as it is decided, and when the run is lost."""

    def __init__(self, early: Early, last: dict[str, Before]) -> None:
        self._early = early
        self._last = last
        self._next_s = 0.0

    def __call__(self, run: Path, now_s: float) -> bool:
        """Look now and then; True ends the run."""
        if now_s < self._next_s:
            return False
        self._next_s = now_s + DECIDE_EVERY_S
        for result in self._early.decided(run, now_s):
            for line in claim_lines(result, self._last.get(result.id, Before())):
                show_line(line)
        return self._early.lost


def _key() -> str:
    """Return the key that was pressed, if one was; wait a moment for it."""
    if not may_ask():
        time.sleep(KEY_WITHIN_S)
        return ""
    pressed, _, _ = select.select([sys.stdin], [], [], KEY_WITHIN_S)
    return sys.stdin.read(1).lower() if pressed else ""


@contextlib.contextmanager
def _keys_one_by_one() -> Iterator[None]:
    """Let keys count without Enter, and put the terminal back however we leave."""
    if not may_ask():
        yield
        return
    import termios  # noqa: PLC0415 - there is none without a terminal
    import tty  # noqa: PLC0415

    before = termios.tcgetattr(sys.stdin)
    tty.setcbreak(sys.stdin)
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
