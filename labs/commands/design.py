"""`lab design`: forty-five minutes, six steps; then a strong answer beside your own figures."""

import time
from typing import Annotated, NoReturn

import typer

from labs import screen
from labs.commands.asking import may_ask
from labs.commands.design_typing import Stopped, typed
from labs.commands.learner import session
from labs.commands.options import Json
from labs.engine.catalogue import all_labs
from labs.engine.design_round import DesignRound
from labs.engine.session import Session
from labs.loop.design import contents, keeping, playing, telling
from labs.loop.design.contents import Content, Step
from labs.loop.design.own_figures import own_figures
from stack.trouble import Trouble

INTERRUPTED = 130
BY_OPTIONS = "./lab design --step requirements --said LINE (or --json)"


def register(app: typer.Typer) -> None:
    """Add `design`."""
    app.command("design")(design)


def design(  # noqa: PLR0913, PLR0917 - each is an option of the verb
    step: Annotated[str, typer.Option(help="With --said or --ticked: its name or number.")] = "",
    said: Annotated[str, typer.Option(help="Add a line to that step.")] = "",
    ticked: Annotated[str, typer.Option(help="The points of it that you said, as 1,3.")] = "",
    end: Annotated[bool, typer.Option("--end", help="End the open round: points, page.")] = False,
    page: Annotated[bool, typer.Option("--page", help="Write the last page again.")] = False,
    as_json: Json = False,
) -> None:
    """Play a timed design round, "design a URL shortener"; Ctrl-C stops the clock."""
    now, content = session(), contents.read()
    if said or ticked:
        _by_options(now, content, step, said, ticked)
    if end:
        if playing.open_round(now.progress.design, content) is None:
            raise Trouble("No design round is open.", "./lab design")
        keeping.change(now, content, lambda one: playing.end(one, content, time.time()))
    if as_json:
        _json(now, content)
    elif end or page:
        _page(now, content)
    elif said or ticked:
        screen.console().print("Noted.\nnext: ./lab design (or --end)", markup=False)
    elif may_ask():
        _play(now, content)
    else:
        raise Trouble("A design round wants somebody who answers.", BY_OPTIONS)


def _by_options(now: Session, content: Content, step: str, said: str, ticked: str) -> None:
    if not step:
        raise Trouble("Which step was that said in?", BY_OPTIONS)
    found = content.find(step)
    if said:
        keeping.change(now, content, lambda one: playing.say(one, found, said))
    if ticked:
        points = _numbers(ticked)
        keeping.change(now, content, lambda one: playing.tick(one, found, points))


def _play(now: Session, content: Content) -> None:
    played = keeping.change(now, content, lambda _one: None)
    _welcome(now, content, played)
    try:
        while (step := playing.step_on(played, content)) is not None:
            played = _one_step(now, content, played, step)
        for step in content.step:
            if step.id not in played.ticked:
                played = _points(now, content, played, step)
    except (KeyboardInterrupt, Stopped):
        _stopped()
    keeping.change(now, content, lambda one: playing.end(one, content, time.time()))
    _page(now, content)


def _welcome(now: Session, content: Content, played: DesignRound) -> None:
    out = screen.console()
    if played.spent or played.at_step:
        out.print(f"{content.title}, where you stopped.", style="bold", markup=False)
    else:
        how = "Aloud or typed: each line is kept; an empty line goes on; Ctrl-C stops the clock."
        out.print(f"{content.title}: {content.minutes} minutes.", style="bold", markup=False)
        out.print(f"{how}\n\n“{content.brief}”", markup=False)
    labs = {folder.lab.number: folder.lab.slug for folder in all_labs()}
    asked = sorted({figure.lab for step in content.step for figure in step.figure})
    left = [n for n in asked if n in labs and not now.progress.lab(labs[n]).solved_at]
    if left and not played.at_step:
        which = f"{len(left)} labs that you have not solved ask" if left[1:] else "a lab asks"
        out.print(f"\nThe points at the end name patterns; {which} you to find some of them.")


def _one_step(now: Session, content: Content, played: DesignRound, step: Step) -> DesignRound:
    """Take lines until an empty one; each is in the file before the next is asked for."""
    out = screen.console()
    number, left = content.step.index(step) + 1, playing.clock(playing.step_left_s(played, step))
    out.print(f"\n{number} of {len(content.step)}: {step.title}, {left}", style="bold")
    out.print(f"“{step.asks}”", markup=False)
    for line in played.lines.get(step.id, ()):
        out.print(f"  {line}", markup=False)
    while True:
        over = f"The {step.minutes} minutes of this step are over; an empty line goes on."
        prompt = f"{playing.clock(playing.left_s(played, content))} > "
        began_s = time.monotonic()
        try:
            text = typed(prompt, playing.step_left_s(played, step), over)
        except Stopped as stopped:
            _keep(now, content, step, stopped.text, time.monotonic() - began_s)
            raise
        played = _keep(now, content, step, text, time.monotonic() - began_s)
        if not text.strip():
            return keeping.change(now, content, lambda one: playing.go_on(one, content))


def _keep(now: Session, content: Content, step: Step, text: str, seconds: float) -> DesignRound:
    return keeping.change(now, content, lambda one: playing.say(one, step, text, seconds))


def _points(now: Session, content: Content, played: DesignRound, step: Step) -> DesignRound:
    """Show a strong answer beside what was said, and ask which of it that was."""
    out = screen.console()
    out.print(f"\n{step.title}", style="bold", markup=False)
    for line in played.lines.get(step.id, ()):
        out.print(f"  you: {line}", markup=False)
    for number, point in enumerate(step.point, 1):
        out.print(f"  {number}  {point}", markup=False)
    for own in own_figures(step, all_labs(), now.progress, now.home):
        out.print(f"  *  {own.about}: {own.says}", markup=False)
    out.print(f"  They like to ask next: “{step.next}”", markup=False)
    known = [n for n in _numbers(_asked()) if n <= len(step.point)]
    return keeping.change(now, content, lambda one: playing.tick(one, step, known))


def _asked() -> str:
    return typed("which of these did you say? (as 1,3; Enter for none) ")


def _numbers(text: str) -> list[int]:
    words = text.replace(",", " ").split()
    return [int(word) for word in words if word.isdigit() and int(word)]


def _stopped() -> NoReturn:
    out = screen.console()
    out.print("\nThe clock stands; everything you typed is kept.\nnext: ./lab design")
    raise typer.Exit(INTERRUPTED) from None


def _page(now: Session, content: Content) -> None:
    told, file = keeping.write_page(now, content)
    out = screen.console()
    out.print(f"\n{told.said} of {told.points} points, {told.spent} on the clock.", markup=False)
    out.print(f"page: {file}\nnext: ./lab next", markup=False)


def _json(now: Session, content: Content) -> None:
    played = playing.last_round(now.progress.design, content)
    screen.print_json(telling.document(played, content, keeping.figures(now, content)))
