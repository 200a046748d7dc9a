"""Which variants of a lab one change tries: always three, and all where the change touched it.

Three runs of ten labs are about seven minutes on two cores, and a lab in full is about two more, so
the limit keeps the whole below a quarter of an hour. What a change touches beyond it takes turns.
"""

import subprocess
from collections.abc import Sequence
from pathlib import PurePosixPath

from labs.engine.catalogue import CHECKOUT

MOST_IN_FULL = 3


def turn() -> int:
    """A number that every commit moves, so that the wrong repairs take turns."""
    if _git("rev-parse", "--is-shallow-repository") == "true":  # it knows one commit: no counting
        return int(_git("rev-parse", "HEAD") or "0", 16)
    return int(_git("rev-list", "--count", "HEAD") or 0)


def changed() -> list[str]:
    """The files of the last commit, and those that were changed since."""
    return [*_git("diff", "--name-only", "HEAD~1").splitlines()]


def touched(slugs: Sequence[str], files: Sequence[str], number: int) -> list[str]:
    """The labs that get a full run: their own files changed, at most three, in turn."""
    found = {
        parts[3]
        for file in files
        if (parts := PurePosixPath(file).parts)[:2] == ("labs", "catalogue") and len(parts) > 4
    }
    own = [slug for slug in slugs if slug in found]
    begin = number % len(own) if own else 0
    return [*own[begin:], *own[:begin]][:MOST_IN_FULL]


def chosen(variants: Sequence[str], number: int, *, full: bool) -> list[str]:
    """The variants to run: all, or the reference, the bug and the wrong repair whose turn it is."""
    if full:
        return list(variants)
    wrong = sorted(name for name in variants if name.startswith("wrong/"))
    return ["reference", "bug", wrong[number % len(wrong)]]


def _git(*words: str) -> str:
    done = subprocess.run(
        ["git", *words], cwd=CHECKOUT, capture_output=True, text=True, check=False
    )
    return done.stdout.strip()
