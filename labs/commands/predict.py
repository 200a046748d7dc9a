"""`lab predict`: a number before the run that measures it; until then it may be changed."""

import time
from typing import Annotated

import typer

from labs import screen
from labs.commands.asking import may_ask, number
from labs.commands.learner import session
from labs.engine.model import Prediction
from labs.engine.next_step import next_step
from labs.engine.progress import Guess, LabProgress
from labs.engine.results import spoken
from labs.engine.session import unanswered
from stack.trouble import Trouble

EXAMPLE = "./lab predict --best NUMBER --low NUMBER --high NUMBER (or --skip)"


def register(app: typer.Typer) -> None:
    """Add `predict`."""
    app.command("predict")(predict)


def predict(
    best: Annotated[float | None, typer.Option(help="Your best guess.")] = None,
    low: Annotated[float | None, typer.Option(help="Surely not less.")] = None,
    high: Annotated[float | None, typer.Option(help="Surely not more.")] = None,
    skip: Annotated[bool, typer.Option("--skip", help="Rather not guess.")] = False,
) -> None:
    """Guess a number before the run that measures it; Enter skips."""
    given = Guess(best=best, low=low, high=high)
    complaint = _complaint(given)
    if complaint:
        raise Trouble(complaint, EXAMPLE)
    now = session()
    folder = now.folder()
    done = now.progress.lab(folder.lab.slug)
    moment = "check" if now.place().broken else "break"
    asked = unanswered(folder, done, moment) or [
        one for one in folder.lab.prediction if one.when == moment and _may_change(done, one)
    ]
    if not asked:
        screen.console().print("There is nothing to predict now.", markup=False)
    for prediction in asked:
        before = done.guesses.get(prediction.id)
        screen.console().print(f"Lab {folder.lab.number:02}", style="bold", markup=False)
        guess = _guess(prediction, given, before, skip=skip)
        if guess is not None:
            now.guess(folder, prediction, guess)
            _echo(prediction, guess, before)
    screen.console().print(f"next: {next_step(now.place())}", markup=False)


def _echo(prediction: Prediction, guess: Guess, before: Guess | None) -> None:
    """Say what was noted, so that a slip of the finger is seen before it is measured."""
    if guess.best is None:
        return
    said = f"Noted: {spoken(guess.best)} {prediction.unit}"
    if guess.low is not None and guess.high is not None:
        said += f" (between {spoken(guess.low)} and {spoken(guess.high)})"
    if before is not None and before.best is not None:
        said += f", in place of {spoken(before.best)}"
    screen.console().print(f"{said}.", markup=False)


def _may_change(done: LabProgress, prediction: Prediction) -> bool:
    """Whether what was guessed or skipped has not been measured yet."""
    return done.guesses[prediction.id].measured is None


def _guess(
    prediction: Prediction, given: Guess, before: Guess | None, *, skip: bool
) -> Guess | None:
    """Return a new guess; nothing where the one before stays as it is."""
    console = screen.console()
    console.print(prediction.asks, markup=False)
    for fact in prediction.given:
        console.print(f"  given: {fact}", markup=False)
    console.print(f"  answer in: {prediction.unit}", markup=False)
    if not skip and given.best is None:
        given = _ask(prediction, before)
    if given is before:
        return None
    if skip or given.best is None:
        console.print("Skipped.", markup=False)
        return Guess(at=time.time())
    return given.model_copy(update={"at": time.time()})


def _ask(prediction: Prediction, before: Guess | None) -> Guess:
    """Ask until it is a guess or Enter; a slip of the finger is no skipped prediction."""
    console = screen.console()
    if not may_ask():
        said = f"There is no terminal to type a guess into ({prediction.unit}): give it as options"
        raise Trouble(f"{said}.", EXAMPLE)
    if before is not None and before.best is not None:
        console.print(f"So far you said {spoken(before.best)}; Enter keeps it.", markup=False)
    while True:
        typed = console.input(f"best guess, or low best high ({prediction.unit}): ")
        if not typed.strip():
            return before if before is not None else Guess()
        guess = _typed(typed)
        if guess is not None:
            return guess
        console.print("One number, or three: 60, or 40 60 100. Enter skips.", markup=False)


def _typed(text: str) -> Guess | None:
    numbers = [number(word) for word in text.split()]
    found = [value for value in numbers if value is not None and value >= 0]
    if len(found) != len(numbers) or len(found) not in (1, 3):
        return None
    if len(found) == 1:
        return Guess(best=found[0])
    low, best, high = sorted(found)
    return Guess(best=best, low=low, high=high)


def _complaint(given: Guess) -> str:
    """Say what is wrong with a guess that was given as options; nothing when nothing is."""
    numbers = [value for value in (given.low, given.best, given.high) if value is not None]
    if any(number(str(value)) is None or value < 0 for value in numbers):
        return "A guess is a number from 0 up."
    if (given.low is None) is not (given.high is None):
        return "A range has two ends: --low and --high."
    if numbers and given.best is None:
        return "A range goes with a best guess: --best."
    if numbers != sorted(numbers):
        return "The best guess lies between --low and --high."
    return ""
