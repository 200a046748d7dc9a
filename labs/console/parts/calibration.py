"""Every prediction beside what was measured: how far off, and whether the range held it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from labs.console.dom import heading, html, tag
from labs.engine.catalogue import LabFolder
from labs.engine.progress import Guess, Progress
from labs.engine.results import spoken
from labs.loop import board, scores

WIDTH, HEIGHT, EDGE = 600.0, 64.0, 30.0  # of the picture: a factor of 30 away is at its edge
BANDS = (10.0, 3.0, 1.5)  # the factors of the calibration line, the widest first
COLUMNS = ("Lab", "You said", "It was", "Off by", "Your range")


@dataclass(frozen=True, slots=True)
class Scored:
    """One guess that was measured."""

    lab: int
    guess: Guess
    score: scores.Score

    @property
    def times(self) -> float:
        """The guess in measured values: 2 is twice too high."""
        best, measured = self.guess.best or 0.0, self.guess.measured or 0.0
        return best / measured if best > 0 and measured > 0 else 0.0


def calibration(labs: Sequence[LabFolder], progress: Progress) -> None:
    """Show how well somebody predicts."""
    with tag("section", classes="card", aria_labelledby="predicts"):
        heading(2, "How well you predict", id="predicts")
        tag("p", board.calibration(progress))
        found = list(scored(labs, progress))
        if found:
            html(picture([one.times for one in found if one.times]))
            tag("p", "Each dot is a guess. In the middle it was right.", "soft small")
            _table(found)


def scored(labs: Sequence[LabFolder], progress: Progress) -> Iterator[Scored]:
    """Yield the guesses that were measured, lab by lab."""
    for folder in labs:
        for guess in progress.lab(folder.lab.slug).guesses.values():
            score = scores.score(guess)
            if score is not None:
                yield Scored(folder.lab.number, guess, score)


def picture(times: Sequence[float]) -> str:
    """Return the guesses on a scale of factors; the table below it says the same."""
    bands = "".join(
        f'<rect x="{at(1 / factor):.0f}" y="6" width="{at(factor) - at(1 / factor):.0f}" '
        f'height="34" fill="var(--accent)" opacity="{0.08 + 0.09 * index:.2f}"/>'
        for index, factor in enumerate(BANDS)
    )
    ends = "".join(
        f'<text x="{at(value):.0f}" y="58" text-anchor="middle">{label}</text>'
        for value, label in (
            (0.1, "÷10"),
            (1 / 3, "÷3"),
            (1.0, "right"),
            (3.0, "×3"),
            (10.0, "×10"),
        )
    )
    dots = "".join(
        f'<circle cx="{at(one):.1f}" cy="{14 + 9 * (n % 3)}" r="4.5" fill="var(--ink)"/>'
        for n, one in enumerate(times)
    )
    return (
        f'<svg class="calibration" viewBox="0 0 {WIDTH:.0f} {HEIGHT:.0f}" aria-hidden="true">'
        f'{bands}<line x1="{at(1.0):.0f}" x2="{at(1.0):.0f}" y1="2" y2="44" '
        f'stroke="var(--edge)" stroke-width="1.5"/>{dots}{ends}</svg>'
    )


def at(times: float) -> float:
    """Return where a factor stands in the picture, what is further away at its edge."""
    within = min(max(times, 1 / EDGE), EDGE)
    return WIDTH / 2 * (1 + math.log(within) / math.log(EDGE))


def _table(found: Sequence[Scored]) -> None:
    with (
        tag("div", classes="scroll", tabindex="0", role="region", aria_label="Your predictions"),
        tag("table", classes="table"),
    ):
        tag("caption", "Your predictions, lab by lab")
        with tag("thead"), tag("tr"):
            for column in COLUMNS:
                tag("th", column, scope="col")
        with tag("tbody"):
            for one in found:
                _row(one)


def _row(one: Scored) -> None:
    factor = one.score.factor
    off = "–" if not math.isfinite(factor) else f"×{factor:.1f}"
    held = {True: "held", False: "did not hold", None: "none given"}[one.score.in_range]
    with tag("tr"):
        tag("th", f"{one.lab:02}", scope="row")
        for cell in (spoken(one.guess.best or 0.0), spoken(one.guess.measured or 0.0), off):
            tag("td", cell, "num")
        tag("td", held)
