"""`lab console`: the loop in a browser. NiceGUI is imported here and by no other verb."""

from typing import Annotated

import typer

from labs import screen
from stack.home import Home


def register(app: typer.Typer) -> None:
    """Add `console`."""
    app.command("console")(console)


def console(
    browser: Annotated[
        bool, typer.Option("--open", help="Open it in the browser of this machine, too.")
    ] = False,
) -> None:
    """Show the labs in a browser, on 127.0.0.1 only; Ctrl-C ends it."""
    from labs.console.gate import Pass  # noqa: PLC0415 - half a second that no other verb pays
    from labs.console.serve import only_one, serve, shown_at  # noqa: PLC0415

    home = Home.find()

    def tell(shown: Pass) -> None:
        out = screen.console()
        out.print(f"The console is at {shown.address}", markup=False)
        out.print("The address is a key: whoever has it may run labs here. Ctrl-C ends it.")
        if browser:
            typer.launch(shown.address)

    with only_one(home) as ours:
        if ours:
            serve(home, tell)
        else:
            screen.console().print(f"It is up already: {shown_at(home).address}", markup=False)
