"""A number, guessed before the run that measures it; skippable, and scored afterwards."""

from __future__ import annotations

import time

from nicegui.element import Element

from labs.console.dom import Field, button, heading, tag
from labs.console.frame import refused
from labs.console.lab_page import LabPage
from labs.engine.model import Prediction
from labs.engine.progress import Guess
from labs.engine.session import unanswered
from labs.loop import scores
from stack.trouble import Trouble


def prediction(one: LabPage) -> None:
    """Ask what is to be guessed now, and show what came of earlier guesses."""
    with tag("section", classes="card", aria_labelledby="predict"):
        heading(2, "Your prediction", id="predict")
        shown = tag("div", classes="stack", role="status", aria_live="polite")

    def draw() -> None:
        shown.clear()
        with shown:
            _draw(one)

    one.frame.follow(lambda: (dict(one.done.guesses), one.hub.seen.place.broken), draw)


def _draw(one: LabPage) -> None:
    session, folder = one.hub.session, one.folder
    done = session.progress.lab(folder.lab.slug)
    moment = "check" if one.hub.seen.place.broken else "break"
    for asked in folder.lab.prediction:
        guess = done.guesses.get(asked.id)
        if guess is not None and guess.best is not None:
            tag("p", f"{asked.asks} {_told(guess, asked.unit)}")
    open_now = unanswered(folder, done, moment)
    for asked in open_now:
        _ask(one, asked)
    if not open_now:
        later = moment == "break" and unanswered(folder, done, "check")
        tag("p", "One more before your first check." if later else "Nothing to guess now.", "soft")


def _told(guess: Guess, unit: str) -> str:
    return scores.told(guess) or f"You said {guess.best:g} {unit}; the next run measures it."


def _ask(one: LabPage, asked: Prediction) -> None:
    tag("p", asked.asks)
    if asked.given:
        with tag("ul", classes="small soft"):
            for fact in asked.given:
                tag("li", fact)
    with tag("div", classes="row end"):
        best = Field(f"Best guess ({asked.unit})", "number", step="any", inputmode="decimal")
        low = Field("Surely not less", "number", step="any", inputmode="decimal")
        high = Field("Surely not more", "number", step="any", inputmode="decimal")
    told = tag("div")
    with tag("div", classes="row"):
        button("Commit", lambda: _commit(one, asked, (best, low, high), told), "main small")
        button("Rather not guess", lambda: _note(one, asked, Guess(at=time.time())), "small")


def _commit(one: LabPage, asked: Prediction, fields: tuple[Field, ...], told: Element) -> None:
    best, low, high = (_number(field.value) for field in fields)
    if best is None:
        with told:
            refused(Trouble("A guess is a number.", "fill in your best guess, or skip it"))
        return
    if low is not None and high is not None:
        low, best, high = sorted((low, best, high))
    _note(one, asked, Guess(best=best, low=low, high=high, at=time.time()))


def _note(one: LabPage, asked: Prediction, guess: Guess) -> None:
    done = one.hub.session.progress.lab(one.folder.lab.slug)
    if asked.id not in done.guesses:  # another window may have been quicker
        one.hub.session.guess(one.folder, asked, guess)
    one.hub.changed()


def _number(text: str) -> float | None:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None
