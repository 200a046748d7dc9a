"""`lab debrief`: your words first, then ours, then one page that holds both beside the figures."""

import time
from typing import Annotated, Any

import typer

from labs import screen
from labs.commands.asking import may_ask
from labs.commands.learner import session
from labs.commands.options import Json
from labs.engine.catalogue import LabFolder, find
from labs.engine.next_step import next_step
from labs.engine.session import Session
from labs.loop import ours, scores
from labs.loop.debriefing import Gathered, gather, parts
from labs.loop.impact import impact
from stack.trouble import Trouble


def register(app: typer.Typer) -> None:
    """Add `debrief`."""
    app.command("debrief")(debrief)


def debrief(  # noqa: PLR0913, PLR0917 - each is an option of the verb
    lab: Annotated[str, typer.Argument(help="A lab you solved; the one in hand unless said.")] = "",
    broke: Annotated[str, typer.Option(help="One line: what broke?")] = "",
    holds: Annotated[str, typer.Option(help="One line: why does your repair hold?")] = "",
    costs: Annotated[str, typer.Option(help="One line: what does it cost?")] = "",
    again: Annotated[bool, typer.Option("--again", help="Ask again; older lines stay.")] = False,
    as_json: Json = False,
) -> None:
    """Three lines of yours, then ours beside them, and one page of your two runs."""
    now = session()
    folder = find(lab) if lab else now.folder()
    _must_be_over(now, folder)
    given = {"broke": broke, "holds": holds, "costs": costs}
    _write(now, folder, {about: " ".join(text.split()) for about, text in given.items()})
    if not as_json:
        _ask(now, folder, again=again)
    gathered = gather(now, folder)
    if gathered is not None:
        _page(gathered)
    now.change_lab(folder, lambda done: setattr(done, "debriefed_at", time.time()))
    if as_json:
        screen.print_json(_as_json(now, folder, gathered))
        return
    _show(now, folder, gathered)


def _must_be_over(now: Session, folder: LabFolder) -> None:
    done = now.progress.lab(folder.lab.slug)
    if done.solved_at is None and done.studied_at is None:
        said = f"Lab {folder.lab.number:02} is not solved yet; its debrief would tell."
        in_hand = now.progress.in_hand == folder.lab.slug
        start = f"./lab start {folder.lab.number:02}"
        raise Trouble(said, next_step(now.place()) if in_hand else start)


def _write(now: Session, folder: LabFolder, lines: dict[str, str]) -> None:
    at = time.time()
    for about, text in lines.items():
        if text:
            now.change_lab(folder, lambda done, a=about, t=text: done.write(a, t, at))  # type: ignore[misc]


def _ask(now: Session, folder: LabFolder, *, again: bool) -> None:
    """Ask for the lines that are missing; each is safe as soon as it was typed."""
    if not may_ask():
        return
    for about, asks in ours.QUESTIONS.items():
        if again or not now.progress.lab(folder.lab.slug).line(about):
            typed = screen.console().input(f"{asks} One line, Enter skips: ")
            _write(now, folder, {about: " ".join(typed.split())})


def _page(gathered: Gathered) -> None:
    from labs import report  # noqa: PLC0415 - not before there is something to report

    notes = gathered.write_notes()
    runs = gathered.before.folder, gathered.after.folder
    title, diff = gathered.folder.lab.title, gathered.diff or None
    side = parts(gathered, notes)
    report.write(*runs, gathered.page, title=title, show_diff=diff, debrief=side)


def _show(now: Session, folder: LabFolder, gathered: Gathered | None) -> None:
    console, done = screen.console(), now.progress.lab(folder.lab.slug)
    our_side = ours.beside(folder)
    for about, asks in ours.QUESTIONS.items():
        console.print(f"\n{asks}", style="bold", markup=False)
        console.print(f"you:  {done.line(about) or '-'}", markup=False)
        console.print("ours:", markup=False)
        screen.print_markdown(our_side[about])
    console.print()
    if gathered is None:
        console.print("There are not both runs (one broken, one that passed): no page.")
    else:
        _say_figures(gathered)
    console.print(f"next: {next_step(now.place())}", markup=False)


def _say_figures(gathered: Gathered) -> None:
    console = screen.console()
    told = [scores.told(guess) for guess in gathered.done.guesses.values()]
    for line in [line for line in told if line][:2]:
        console.print(f"prediction: {line}", markup=False)
    first = impact(gathered.before)
    console.print(f"impact: {first.formula}; {first.lasts}.", markup=False)
    console.print(f"page: {gathered.page}", markup=False)
    console.print(f"yours to finish: {gathered.notes}", markup=False)


def _as_json(now: Session, folder: LabFolder, gathered: Gathered | None) -> dict[str, Any]:
    done = now.progress.lab(folder.lab.slug)
    answer: dict[str, Any] = {
        "lab": folder.lab.number,
        "lines": {about: done.line(about) for about in ours.QUESTIONS},
        "ours": ours.beside(folder),
        "page": None,
    }
    if gathered is None:
        return answer
    one = impact(gathered.before)
    return answer | {
        "page": str(gathered.page),
        "postmortem": str(gathered.notes),
        "facts": [[fact.what, fact.value, fact.source] for fact in gathered.facts],
        "impact": {
            "requests": one.requests,
            "failed": one.failed,
            "slow": one.slow,
            "minutes": one.minutes,
            "formula": one.formula,
        },
        "story": dict(gathered.story),
    }
