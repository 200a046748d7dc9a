"""A design round as its page and as one JSON document; points only once the steps are over."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from labs.engine.design_round import DesignRound
from labs.loop.design import playing
from labs.loop.design.contents import Content, Step
from labs.loop.design.own_figures import Own
from labs.report.debrief import Row
from labs.report.design import DesignPage, DesignStep, Point

Figures = Mapping[str, Sequence[Own]]  # by the step's id


def page(played: DesignRound, content: Content, figures: Figures) -> DesignPage:
    """Return what the page shows."""
    day = time.strftime("%Y-%m-%d", time.localtime(played.began_at))
    steps = [_step(played, step, figures[step.id]) for step in content.step]
    spent = playing.clock(played.spent)
    return DesignPage(content.title, content.brief, day, content.minutes, spent, steps)


def place(home: Path, played: DesignRound) -> Path:
    """Return where the page of a round stands: each has its own."""
    moment = time.strftime("%Y%m%d-%H%M%S", time.localtime(played.began_at))
    return home / "design" / f"{moment}-{played.round}.html"


def document(played: DesignRound | None, content: Content, figures: Figures) -> dict[str, Any]:
    """Return the round for a program; without one, what would be asked."""
    on = playing.step_on(played, content) if played else content.step[0]
    return {
        "round": content.slug,
        "title": content.title,
        "minutes": content.minutes,
        "brief": content.brief,
        "began_at": played.began_at if played else None,
        "ended_at": played.ended_at if played else None,
        "left_s": round(playing.left_s(played, content)) if played else content.minutes * 60,
        "step": on.id if on else None,
        "steps": [_told(played, step, figures[step.id]) for step in content.step],
    }


def _told(played: DesignRound | None, step: Step, figures: Sequence[Own]) -> dict[str, Any]:
    told: dict[str, Any] = {"id": step.id, "title": step.title, "minutes": step.minutes}
    told["asks"] = step.asks
    told["lines"] = played.lines.get(step.id, []) if played else []
    told["spent_s"] = round(played.spent_s.get(step.id, 0.0)) if played else 0
    if played is None or not played.ended_at:
        return told
    keys = ("lab", "about", "says", "source")
    return told | {
        "points": list(step.point),
        "said": played.ticked.get(step.id, []),
        "next": step.next,
        "figures": [{key: getattr(own, key) for key in keys} for own in figures],
    }


def _step(played: DesignRound, step: Step, figures: Sequence[Own]) -> DesignStep:
    said = played.ticked.get(step.id, [])
    return DesignStep(
        title=step.title,
        asks=step.asks,
        next=step.next,
        minutes=step.minutes,
        spent=playing.clock(played.spent_s.get(step.id, 0.0)),
        yours=played.lines.get(step.id, []),
        points=[Point(text, number in said) for number, text in enumerate(step.point, 1)],
        figures=[Row(own.about, own.says, own.source) for own in figures],
    )
