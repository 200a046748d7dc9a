"""`lab oncall`: a known fault without its name, or none; fifteen minutes; the diagnosis counts."""

import random
import time
from typing import Annotated

import typer

from labs import screen
from labs.commands.learner import session
from labs.commands.options import Json
from labs.commands.programs import have_programs
from labs.engine.audience import Audience
from labs.engine.catalogue import LabFolder, all_labs, find
from labs.engine.experiment import Experiment
from labs.engine.progress import OnCall
from labs.engine.recorded import RecordedRun
from labs.engine.rerun import run_until_sure
from labs.engine.session import Session
from labs.engine.tree import lay_variant
from labs.engine.verdict import Outcome, Verdict
from labs.loop import oncall as calls
from labs.loop.cited import find_cited
from labs.loop.diagnosis import pick
from labs.loop.panel_evidence import asker
from stack.trouble import Trouble

INTERRUPTED = 130


def register(app: typer.Typer) -> None:
    """Add `oncall`."""
    app.command("oncall")(oncall)


def oncall(  # noqa: PLR0913, PLR0917 - each is an option of the verb
    seed: Annotated[int | None, typer.Option(help="Replay an incident.")] = None,
    labs: Annotated[
        str, typer.Option(help="Draw from these (01,03,07), known or not: the same for a team.")
    ] = "",
    component: Annotated[str, typer.Option(help="Your answer: where it is.")] = "",
    mechanism: Annotated[str, typer.Option(help='What it is; "nothing" if nothing.')] = "",
    evidence: Annotated[str, typer.Option(help="From this run, as for diagnose.")] = "",
    as_json: Json = False,
) -> None:
    """Be paged: run an incident, look, then answer with --component --mechanism --evidence."""
    now = session()
    known = calls.eligible(all_labs(), now.progress)
    if mechanism:
        _answer(now, known, (component, mechanism, evidence), as_json=as_json)
        return
    known = calls.named(all_labs(), labs) or known
    if not labs and (closed := calls.still_closed(known)) is not None:
        raise closed
    _page(now, known, random.randrange(10_000) if seed is None else seed)  # noqa: S311


def _page(now: Session, known: list[LabFolder], seed: int) -> None:
    have_programs()
    drawn, out = calls.incident(known, seed), screen.console()
    folder = find(drawn.slug)
    root = lay_variant(folder, drawn.variant, calls.project(now.home))
    unnamed = calls.UnnamedFolder(folder, drawn.traffic)
    audience = Audience(stage=lambda words: out.print(f"{words} ...", markup=False))
    out.print("You are paged: something is wrong with the links, they say. Or nothing is.")
    experiment = Experiment(now.home, unnamed, root, "incident", audience)
    try:
        verdict, run = run_until_sure(experiment, lambda said: out.print(said, markup=False))
    except KeyboardInterrupt:
        out.print("\nStopped: the load has ended and every fault is lifted.", markup=False)
        raise typer.Exit(INTERRUPTED) from None
    if not calls.shows(drawn, verdict.verdict):
        _say_nothing_to_grade(verdict, seed)
        raise typer.Exit(Outcome.INCONCLUSIVE.exit_code)
    call = OnCall(seed=seed, began_at=time.time(), run=run.name)
    call.known = sorted(one.lab.slug for one in known)
    now.file.change(lambda whole: whole.oncall.append(call))
    _say_choices(known, seed)
    minutes = calls.LIMIT_S / 60
    out.print(f"{minutes:.0f} minutes. The code that ran is in {root}.", markup=False)
    answer = "--component C --mechanism N --evidence TRACE (or --mechanism nothing)"
    out.print(f"next: ./lab trace, then ./lab oncall {answer}", markup=False)


def _say_nothing_to_grade(verdict: Verdict, seed: int) -> None:
    """Whoever is paged for what could not be seen would be graded for the machine's sake."""
    why = verdict.why if verdict.verdict is Outcome.INCONCLUSIVE else "the run did not show it."
    out = screen.console()
    out.print(f"This incident is called off, and nothing is graded: {why}", markup=False)
    out.print(f"next: ./lab oncall --seed {seed} (when the machine is quieter)", markup=False)


def _say_choices(known: list[LabFolder], seed: int) -> None:
    out = screen.console()
    out.print(f"\ncomponents: {', '.join(calls.components(known))}", markup=False)
    for number, (_, says) in enumerate(calls.choices(known, seed), 1):
        out.print(f"  {number:2}  {says}", markup=False)


def _answer(
    now: Session, known: list[LabFolder], given: tuple[str, str, str], *, as_json: bool
) -> None:
    """Grade the incident that is open; it is replayed over the labs it was drawn from."""
    call = calls.open_call(now.progress)
    if call is None:
        raise Trouble("You are not paged right now.", "./lab oncall")
    of_then = calls.of_then(known, call)
    component, mechanism, evidence = given
    mechanism = pick("mechanism", mechanism, [one for one, _ in calls.choices(of_then, call.seed)])
    run, cited = RecordedRun(now.home.runs / call.run), None
    if mechanism != calls.NOTHING:
        component = pick("component", component, calls.components(of_then))
        cited = find_cited([run], evidence, asker(now.home))
    drawn = calls.incident(of_then, call.seed)
    judged = calls.graded(drawn, find(drawn.slug), component, mechanism, cited)
    took_s = time.time() - call.began_at
    ended = {"ended_at": time.time(), "right": judged.right}
    now.file.change(lambda whole: _end(whole.oncall, call.began_at, ended))
    if as_json:
        told = {"right": judged.right, "seconds": round(took_s), "seed": call.seed}
        screen.print_json(told | {"says": judged.says, "in_time": took_s <= calls.LIMIT_S})
    else:
        _tell(list(judged.says), took_s, call.seed, right=judged.right)
    raise typer.Exit(0 if judged.right else 1)


def _end(all_calls: list[OnCall], began_at: float, ended: dict[str, float | bool]) -> None:
    for call in all_calls:
        if call.began_at == began_at:
            call.ended_at, call.right = float(ended["ended_at"]), bool(ended["right"])


def _tell(says: list[str], took_s: float, seed: int, *, right: bool) -> None:
    out = screen.console()
    for line in says:
        out.print(line, markup=False)
    word = "in time" if took_s <= calls.LIMIT_S else "over the fifteen minutes"
    held = "held" if right else "did not hold"
    out.print(f"Your diagnosis {held}, after {took_s / 60:.1f} min, {word}.", markup=False)
    out.print(f"next: ./lab oncall (or --seed {seed}: the same again)", markup=False)
