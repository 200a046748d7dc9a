"""Spaced repetition of interview questions: 1, 3, 7, 16 days, and back to the start when forgotten.

A card comes into the box with its lab's debrief. How well it went is what the person ticked: half
of the points or more moves it on, fewer begins it anew. After the fourth it is learnt.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from labs.engine.catalogue import LabFolder
from labs.engine.progress import Answered, Progress
from labs.loop import ours

DAY_S = 86400.0
AFTER_DAYS = (1, 3, 7, 16)
ENOUGH = 0.5
SECONDS_EACH = 90


@dataclass(frozen=True, slots=True)
class Boxed:
    """A card with its place in the box; `due_at` is 0 once it is learnt."""

    id: str
    card: ours.Card
    number: int  # of the lab
    step: int
    due_at: float

    def is_due(self, now_s: float) -> bool:
        """Whether it should be asked now."""
        return 0 < self.due_at <= now_s


def card_id(card: ours.Card) -> str:
    """Return a name that stays while the question does."""
    return f"{card.lab}/{hashlib.sha256(card.asks.encode()).hexdigest()[:8]}"


def step_of(answers: Iterable[Answered]) -> int:
    """Return how many intervals a card has passed since it was last forgotten."""
    step = 0
    for answer in answers:
        well = answer.of == 0 or len(answer.said) / answer.of >= ENOUGH
        step = step + 1 if well else 0
    return step


def box(labs: Iterable[LabFolder], progress: Progress) -> list[Boxed]:
    """Return every card of the labs that were debriefed, the longest due first."""
    found = []
    for folder in labs:
        since = progress.lab(folder.lab.slug).debriefed_at
        for card in ours.cards(folder) if since is not None else ():
            name = card_id(card)
            answers = progress.drill.get(name, [])
            step = step_of(answers)
            base_s = answers[-1].at if answers else since or 0.0
            learnt = step >= len(AFTER_DAYS)
            due_at = 0.0 if learnt else base_s + AFTER_DAYS[step] * DAY_S
            found.append(Boxed(name, card, folder.lab.number, step, due_at))
    return sorted(found, key=lambda one: (one.due_at == 0, one.due_at, one.id))
