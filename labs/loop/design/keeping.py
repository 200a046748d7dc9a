"""A design round on disk: each change is in the progress file at once; its page when it is over."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from labs.engine.catalogue import all_labs
from labs.engine.design_round import DesignRound
from labs.engine.session import Session
from labs.loop.design import playing, telling
from labs.loop.design.contents import Content
from labs.loop.design.own_figures import own_figures
from labs.report.design import DesignPage
from stack.trouble import Trouble


def change(session: Session, content: Content, how: Callable[[DesignRound], None]) -> DesignRound:
    """Change the open round in the progress file; one is begun where there is none."""
    at = time.time()
    whole = session.file.change(lambda one: how(playing.begun(one.design, content, at)))
    played = playing.last_round(whole.design, content)
    assert played is not None  # begun() made it
    return played


def figures(session: Session, content: Content) -> telling.Figures:
    """Return the learner's own figures for every step."""
    labs, known = all_labs(), session.progress
    return {step.id: own_figures(step, labs, known, session.home) for step in content.step}


def write_page(session: Session, content: Content) -> tuple[DesignPage, Path]:
    """Write the page of the last round that has ended; return what it says and where it is."""
    from labs.report.design import write_design  # noqa: PLC0415 - slow to import

    ended = [one for one in session.progress.design if one.ended_at]
    played = playing.last_round(ended, content)
    if played is None:
        raise Trouble("No design round has ended yet.", "./lab design")
    told = telling.page(played, content, figures(session, content))
    return told, write_design(told, telling.place(session.home.path, played))
