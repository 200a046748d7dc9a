"""Whoever is at the keyboard: their session, and what is said about work of theirs."""

from pathlib import Path

from labs import screen
from labs.engine.session import Session
from stack.home import Home


def session() -> Session:
    """Return the session of this home; a damaged progress file is told on stderr."""
    out = screen.console(stderr=True)
    return Session(Home.find(), lambda said: out.print(f"lab: {said}", markup=False))


def say_kept(kept: Path | None) -> None:
    """Say where a copy of what was replaced is kept, if there was anything."""
    if kept is not None:
        screen.console().print(f"What was there is kept in {kept}", markup=False)
