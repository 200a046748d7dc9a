"""A prediction held against what was measured: by factor, and by whether the range held it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from labs.engine.progress import Guess
from labs.engine.results import spoken

FACTORS = (1.5, 3.0, 10.0)


@dataclass(frozen=True, slots=True)
class Score:
    """`factor` is infinite where one of the two is zero and the other is not."""

    factor: float
    in_range: bool | None  # None: no range was given

    @property
    def within(self) -> float | None:
        """The smallest of the factors that held it."""
        return next((limit for limit in FACTORS if self.factor <= limit), None)


def score(guess: Guess) -> Score | None:
    """Return the score of a guess that was made and measured."""
    best, measured = guess.best, guess.measured
    if best is None or measured is None:
        return None
    inside = None
    if guess.low is not None and guess.high is not None:
        inside = guess.low <= measured <= guess.high
    if best == measured:
        return Score(1.0, inside)
    if best <= 0 or measured <= 0:
        return Score(math.inf, inside)
    return Score(max(best / measured, measured / best), inside)


def told(guess: Guess) -> str:
    """Return a guess and what came of it in one sentence; nothing where nothing was measured."""
    found = score(guess)
    if found is None or guess.best is None or guess.measured is None:
        return ""
    words = f"You said {spoken(guess.best)}; it was {spoken(guess.measured)}"
    if found.within is not None:
        words += f", within a factor of {found.within:g}"
    elif math.isfinite(found.factor):
        words += f", a factor of {found.factor:.0f} away"
    if found.in_range is not None:
        words += "; your range held it" if found.in_range else "; outside your range"
    return words + "."


def calibration(guesses: Iterable[Guess]) -> str:
    """Return how well somebody guesses, in one line: by factor, and by their ranges."""
    scores = [found for guess in guesses if (found := score(guess)) is not None]
    if not scores:
        return "No prediction was measured yet."
    counted = [sum(s.factor <= limit for s in scores) for limit in FACTORS]
    parts = [f"{n} within {f:g}x" for n, f in zip(counted, FACTORS, strict=True)]
    line = f"Of {len(scores)} predictions: {', '.join(parts)}."
    ranges = [s.in_range for s in scores if s.in_range is not None]
    if ranges:
        line += f" {sum(ranges)} of {len(ranges)} ranges held."
    return line
