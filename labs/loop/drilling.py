"""One card, from the question to what is noted: the same for a terminal and for a page."""

from __future__ import annotations

import time
from collections.abc import Iterable

from labs.engine.catalogue import all_labs, find
from labs.engine.progress import Answered
from labs.engine.session import Session
from labs.loop.cards import AFTER_DAYS, Boxed, box
from labs.loop.followup import Followup, followup
from labs.loop.runs_of import broken_run


def due(session: Session, now_s: float, *, ahead: bool = False) -> list[Boxed]:
    """Return the cards to ask now; `ahead` adds those that are not due."""
    return [one for one in box(all_labs(), session.progress) if ahead or one.is_due(now_s)]


def note(session: Session, one: Boxed, said: Iterable[int], typed: str = "") -> Boxed:
    """Keep which points were said, and return the card as it stands then."""
    answer = Answered(at=time.time(), said=list(said), of=len(one.card.points), typed=typed)
    whole = session.file.change(lambda p: p.drill.setdefault(one.id, []).append(answer))
    return next(after for after in box(all_labs(), whole) if after.id == one.id)


def again(one: Boxed) -> str:
    """Return when a card that was just noted comes back."""
    return f"again in {AFTER_DAYS[one.step]} days" if one.due_at else "learnt"


def asked_after(session: Session, one: Boxed) -> Followup | None:
    """Return the question with a number that the learner's own outage makes of this card."""
    folder = find(one.card.lab)
    run = broken_run(session.home, session.progress.lab(folder.lab.slug))
    return followup(run, one.step) if run is not None else None


def coming(cards: Iterable[Boxed]) -> str:
    """Return in one line when there is a card again; for a moment in which none is due."""
    cards = list(cards)
    if not cards:
        return "No cards yet: each debrief brings three."
    days = [one.due_at for one in cards if one.due_at]
    day = time.strftime("%Y-%m-%d", time.localtime(min(days))) if days else ""
    return f"No card is due; {f'the next one on {day}' if day else 'all of them are learnt'}."
