"""`lab explain`: what a word of the field means, in one sentence."""

from dataclasses import asdict
from typing import Annotated

import typer

from labs import screen
from labs.commands.options import Json
from labs.loop import words


def register(app: typer.Typer) -> None:
    """Add `explain`."""
    app.command("explain")(explain)


def explain(
    word: Annotated[list[str] | None, typer.Argument(help="For example: knee")] = None,
    as_json: Json = False,
) -> None:
    """Say what a word of the field means, in one plain sentence; without one, list them."""
    out = screen.console()
    if not word:
        listed = words.every()
        if as_json:
            screen.print_json([asdict(one) for one in listed])
            return
        out.print(", ".join(one.name for one in listed), markup=False)
        out.print("next: ./lab explain knee", markup=False)
        return
    found, exact = words.find(" ".join(word))
    if as_json:
        screen.print_json(asdict(found))
        return
    if not exact:
        out.print(f"There is no {' '.join(word)!r} here; the nearest is {found.name}.")
    out.print(f"{found.name}: {found.says}", markup=False)
    if found.see:
        out.print(f"beside it: {', '.join(found.see)}", markup=False)
