"""Asking the person at the keyboard: only when there is one."""

import math
import os
import sys

from labs import screen
from stack.trouble import Trouble


def may_ask() -> bool:
    """Whether somebody can answer."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def agreed(question: str, refused: Trouble) -> bool:
    """Ask yes or no; `--yes` agrees, and without a terminal nothing is assumed."""
    if os.environ.get("LAB_YES"):
        return True
    if not may_ask():
        raise refused
    return screen.console().input(f"{question} [y/N] ").strip().lower() in ("y", "yes")


def number(text: str) -> float | None:
    """Read a number as people type it; None when it is none."""
    try:
        value = float(text.strip().replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) else None
