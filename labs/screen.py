"""How the lab command speaks: words first, colour never alone, JSON on request."""

import json
import os
import sys
from typing import Any

from rich.console import Console

_PLAIN = "LAB_PLAIN"


def console(*, stderr: bool = False) -> Console:
    """Return a console that honours NO_COLOR, `--plain` (LAB_PLAIN) and pipes."""
    plain = bool(os.environ.get(_PLAIN))
    return Console(stderr=stderr, no_color=plain or None, highlight=False, soft_wrap=True)


def be_plain() -> None:
    """From here on: no colour, no drawing that moves."""
    os.environ[_PLAIN] = "1"
    os.environ["NO_COLOR"] = "1"


def may_animate() -> bool:
    """Whether somebody is watching a terminal that can redraw."""
    return sys.stdout.isatty() and not os.environ.get(_PLAIN)


def print_markdown(text: str) -> None:
    """Print Markdown: drawn in a terminal, as it stands in a pipe."""
    if may_animate():
        from rich.markdown import Markdown  # noqa: PLC0415 - half a second that pipes need not wait

        console().print(Markdown(text))
    else:
        console().print(text, markup=False)


def print_json(answer: Any) -> None:
    """Print one JSON document and nothing else."""
    json.dump(answer, sys.stdout, indent=2, default=str)
    sys.stdout.write("\n")
