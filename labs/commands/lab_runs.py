"""`break` and `check`: the experiment, to look at and to be judged by."""

import time
from collections.abc import Mapping
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Annotated, Any

import typer

from labs import screen
from labs.commands.asking import may_ask
from labs.commands.options import Json
from labs.commands.programs import have_programs
from labs.engine.audience import Audience
from labs.engine.catalogue import LabFolder
from labs.engine.checklist import Before, Line, before, lines
from labs.engine.evidence import read_evidence
from labs.engine.experiment import DATABASE, Experiment
from labs.engine.felt import felt
from labs.engine.hold import LONGEST_S, held
from labs.engine.live import Live
from labs.engine.next_step import next_step
from labs.engine.recorded import HELD, LEDGER, all_runs
from labs.engine.rerun import run_until_sure
from labs.engine.session import Session, verdict_json
from labs.engine.verdict import Outcome, Verdict
from labs.loop import scores
from stack.home import Home
from stack.trouble import Trouble
from stack.warden.client import DoesNotStart, Warden

INTERRUPTED = 130
_STATEMENTS = "SELECT calls, round(mean_exec_time) AS ms, left(query, 60) FROM pg_stat_statements"
LOOK = (
    "./lab trace",
    f"./lab psql -c '{_STATEMENTS} ORDER BY calls DESC LIMIT 8'",
    "./lab logs shortener-a",
)


def register(app: typer.Typer) -> None:
    """Add `break` and `check`."""
    app.command("break")(break_it)
    app.command("check")(check)


def break_it(
    hold: Annotated[
        bool,
        typer.Option("--hold", help="Keep load and faults on while you look (Ctrl-C ends it)."),
    ] = False,
    minutes: Annotated[
        float, typer.Option(min=0.2, max=LONGEST_S / 60, help="How long --hold holds at most.")
    ] = 15.0,
    as_json: Json = False,
) -> None:
    """Run the outage once, drawn live; `--hold` keeps it going."""
    now, folder = ready()
    experiment = _experiment(now, folder, quiet=as_json, live=True)
    if hold:
        _hold(now, experiment, folder, minutes * 60)
        return
    verdict, run = _run(experiment, quiet=as_json)
    now.note(folder, "break", verdict, run)
    if as_json:
        screen.print_json(verdict_json(verdict, run))
        return
    _say_felt(folder, verdict, run)
    say_guesses(now, folder, run)
    _say_where_to_look(folder)
    screen.console().print(f"next: {_after(verdict, 'break', now)}", markup=False)


def check(as_json: Json = False) -> None:
    """Replay the same experiment on your code and judge every claim (exit 0, 1 or 3)."""
    now, folder = ready()
    last = before(folder.lab, now.progress.lab(folder.lab.slug))
    verdict, run = _run(_experiment(now, folder, quiet=as_json), quiet=as_json)
    now.note(folder, "check", verdict, run)
    if as_json:
        screen.print_json(verdict_json(verdict, run))
    else:
        show_checklist(folder, verdict, last)
        say_missing(now)
        say_guesses(now, folder, run)
        if verdict.verdict is Outcome.PASS:
            console = screen.console()
            console.print(f"Solved: this lab is called {folder.lab.slug}.", markup=False)
        screen.console().print(f"next: {_after(verdict, 'check', now)}", markup=False)
    raise typer.Exit(verdict.verdict.exit_code)


def bring_up(now: Session, folder: LabFolder, warden: Warden) -> None:
    """Run the stack on the workspace, at the lab's scale; a service that does not start is told."""
    console = screen.console()
    console.print("Starting the stack on it ...", markup=False)
    scale = {key: str(value) for key, value in folder.lab.scale.items()}
    try:
        warden.up(folder.lab.needs, now.workspace.path, scale, DATABASE)
    except DoesNotStart as error:
        console.print(f"{error.said} (next: {error.try_next})", markup=False)


def show_checklist(folder: LabFolder, verdict: Verdict, last: Mapping[str, Before]) -> None:
    """Print a verdict, claim by claim."""
    lab = folder.lab
    for line in lines(verdict, last, f"Lab {lab.number:02}: {lab.title}"):
        show_line(line)


def show_line(line: Line) -> None:
    """Print one line of a checklist; the words carry it, the colour only helps."""
    screen.console().print(line.text, style=line.style or None, markup=False)


def say_missing(now: Session) -> None:
    """Say which deployed files are gone: a missing file is never silently the reference's."""
    for name in now.workspace.changed_files():
        if not (now.workspace.path / name).exists():
            back = f"./lab reset {name} brings it back"
            words = f"Without {name}, which is gone from workspace/ ({back})."
            screen.console().print(words, markup=False)


def say_guesses(now: Session, folder: LabFolder, run: Path) -> None:
    """Hold against each other what was predicted and what this run measured.

    A later run does not measure a prediction again, and does not say it again.
    """
    guesses = now.progress.lab(folder.lab.slug).guesses
    for prediction in folder.lab.prediction:
        guess = guesses.get(prediction.id)
        if guess is not None and guess.run == run.name and (said := scores.told(guess)):
            screen.console().print(f"{prediction.asks} {said}", markup=False)


def ready() -> tuple[Session, LabFolder]:
    """Return the session and the lab in hand; a workspace and all programs are there."""
    now = Session(Home.find())
    folder = now.folder()
    now.workspace.need()
    have_programs()
    return now, folder


def _experiment(now: Session, folder: LabFolder, *, quiet: bool, live: bool = False) -> Experiment:
    audience = Audience()
    if not quiet:
        console = screen.console()
        audience.stage = lambda words: console.print(f"{words} ...", markup=False)
    if live and not quiet:
        audience.draw = _drawn(folder)
    return Experiment(now.home, folder, now.workspace.path, audience=audience)


def _drawn(folder: LabFolder) -> Any:
    def draw(plan: Mapping[str, Any], run: Path) -> AbstractContextManager[object]:
        return Live(plan, run, title=folder.lab.title, by_itself=True)

    return draw


def _run(experiment: Experiment, *, quiet: bool) -> tuple[Verdict, Path]:
    out = screen.console(stderr=quiet)
    try:
        return run_until_sure(experiment, lambda said: out.print(said, markup=False))
    except KeyboardInterrupt:
        said = "Stopped: the load has ended, every fault is lifted, nothing was judged."
        out.print(f"\n{said}", markup=False)
        raise typer.Exit(INTERRUPTED) from None


def _hold(now: Session, experiment: Experiment, folder: LabFolder, for_s: float) -> None:
    console = screen.console()
    experiment.folder = HeldFolder(folder, for_s)
    experiment.variant += HELD
    console.print("In another terminal:", markup=False)
    _say_where_to_look(folder)
    console.print(_how_it_ends(for_s), markup=False)
    began, why = time.time(), ""
    earlier = {run.run_id for run in all_runs(now.home.runs)}
    with suppress(KeyboardInterrupt):
        why = experiment.run()[0].why
    new = [run for run in all_runs(now.home.runs) if run.run_id not in earlier]
    if not any((run.folder / LEDGER).exists() for run in new):
        said = why or "it was stopped before that"
        raise Trouble(f"The outage did not come to its load: {said}", "./lab break --hold")
    now.change_lab(folder, lambda lab: setattr(lab, "held_at", began))
    console.print("\nOver: the load has ended and every fault is lifted.", markup=False)
    _say_unmeasured(now, folder)
    console.print(f"next: {next_step(now.place())}", markup=False)


def _how_it_ends(for_s: float) -> str:
    if may_ask():
        return "Ctrl-C ends it.\n"
    ends = f"it ends by itself after {for_s:.0f} s"
    return f"There is no terminal to type Ctrl-C into: {ends} (--minutes N says how long).\n"


def _say_unmeasured(now: Session, folder: LabFolder) -> None:
    """A held run is longer than the one that a guess is about: say which run measures it."""
    guesses = now.progress.lab(folder.lab.slug).guesses
    asked = [guesses.get(one.id) for one in folder.lab.prediction if one.when == "break"]
    if any(one is not None and one.best is not None and one.measured is None for one in asked):
        said = "Your guess is about a run of its usual length: ./lab break measures it."
        screen.console().print(said, markup=False)


class HeldFolder(LabFolder):
    """The same lab, with its long load and long faults drawn out."""

    def __init__(self, folder: LabFolder, for_s: float) -> None:
        super().__init__(folder.path)
        self.__dict__["lab"] = held(folder.lab, for_s)


def _say_felt(folder: LabFolder, verdict: Verdict, run: Path) -> None:
    console = screen.console()
    if not (run / "requests.jsonl").exists():
        raise Trouble(verdict.why, "./lab logs shortener-a")
    requests = read_evidence(folder.lab, run).requests
    told = felt(requests)
    console.print(f"\n{told}", markup=False)
    if verdict.verdict is Outcome.PASS:
        console.print("With the code as it is now, everything held.", markup=False)
    if verdict.verdict is Outcome.INCONCLUSIVE:
        console.print(f"INCONCLUSIVE: {verdict.why}", markup=False)


def _after(verdict: Verdict, verb: str, now: Session) -> str:
    """Return what to type next; a run that says nothing is worth another."""
    if verdict.verdict is Outcome.INCONCLUSIVE:
        return f"./lab {verb} (when the machine is quieter)"
    return next_step(now.place())


def _say_where_to_look(folder: LabFolder) -> None:
    for command in folder.lab.look or LOOK:
        screen.console().print(f"  {command}", markup=False)
