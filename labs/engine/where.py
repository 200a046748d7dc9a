"""Where am I? What `lab` alone says: the stack, the lab in hand, and the one next command."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from labs.engine.model import HARDEST
from labs.engine.next_step import next_step
from labs.engine.session import Session
from stack.home import Home
from stack.warden.client import Warden


@dataclass
class Where:
    """What is known about this moment."""

    stack: str
    lab: str = ""
    last: str = ""
    next: str = ""
    told: list[str] = field(default_factory=list)


def where(home: Home) -> Where:
    """Look at the stack, the workspace and the progress."""
    told: list[str] = []
    session = Session(home, told.append)
    answer = Where(stack=_stack(Warden(home).status()), told=told)
    folder = session.in_hand()
    if folder is not None:
        lab = folder.lab
        answer.lab = (
            f"Lab {lab.number:02} is in hand: {lab.title} (level {lab.level} of {HARDEST})."
        )
        attempts = session.progress.lab(lab.slug).attempts
        if attempts:
            ago = _ago(time.time() - attempts[-1].at)
            answer.last = f"Last {attempts[-1].kind}, {ago} ago: {attempts[-1].verdict}"
            answer.last += f" ({attempts[-1].why})" if attempts[-1].why else ""
    answer.next = next_step(session.place())
    return answer


def lines(home: Home) -> list[str]:
    """Return what to say, the next command last."""
    now = where(home)
    lab = now.lab or "No lab is in hand. ./lab list shows them all."
    page = "./lab page shows the alarm again." if now.lab else ""
    said = [*now.told, now.stack, lab, page, now.last, f"next: {now.next}"]
    return [line for line in said if line]


def _stack(status: dict[str, Any]) -> str:
    components = status["components"]
    if not components:
        return "The stack is down; commands that need it start it."
    unwell = [c["name"] for c in components if c["state"] != "ready"]
    memory_mb = sum(c["memory_mb"] for c in components)
    said = f"The stack is up: {len(components)} components, {memory_mb:.0f} MiB"
    faults = len(status["faults"])
    said += f", {faults} fault{'s' if faults > 1 else ''} on" if faults else ""
    return said + (f"; not ready: {', '.join(unwell)}." if unwell else ".")


def _ago(seconds: float) -> str:
    for limit, unit, name in ((90, 1, "s"), (5400, 60, "min"), (172800, 3600, "h")):
        if seconds < limit:
            return f"{seconds / unit:.0f} {name}"
    return f"{seconds / 86400:.0f} days"
