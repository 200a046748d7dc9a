"""`./lab` alone: where you are, and what to type next."""

from typing import Annotated

import typer

from labs import screen
from labs.commands.options import Json
from stack.home import Home


def where(
    context: typer.Context,
    plain: Annotated[
        bool, typer.Option("--plain", help="No colour, and nothing that moves.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Say where you are and the one command to type next."""
    if plain:
        screen.be_plain()
    if context.invoked_subcommand is None:
        from labs.engine import where as place  # noqa: PLC0415 - not before a verb needs it

        if as_json:
            screen.print_json(vars(place.where(Home.find())))
            return
        for line in place.lines(Home.find()):
            screen.console().print(line, markup=False)
