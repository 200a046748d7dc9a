"""What helps between two runs: hint, diff, reset."""

from typing import Annotated

import typer

from labs import screen
from labs.commands.asking import agreed
from labs.commands.learner import say_kept, session
from labs.commands.options import Json
from labs.engine.catalogue import HINT_KINDS
from stack.trouble import Trouble


def register(app: typer.Typer) -> None:
    """Add `hint`, `diff` and `reset`."""
    for verb in (hint, diff, reset):
        app.command(verb.__name__)(verb)


def hint(
    again: Annotated[bool, typer.Option("--again", help="Those you have read.")] = False,
    as_json: Json = False,
) -> None:
    """Show the next hint: first where to look, last the diff."""
    now = session()
    folder = now.folder()
    seen = now.progress.lab(folder.lab.slug).hints
    console, texts = screen.console(), folder.hints()
    if as_json:  # what was read, and nothing new: a machine that asks has not read it
        read = [{"number": n, "kind": HINT_KINDS[n - 1], "text": texts[n - 1]} for n in seen]
        screen.print_json({"read": read, "left": len(texts) - len(seen)})
        return
    fresh = [n for n in range(1, len(texts) + 1) if n not in seen]
    for n in seen if again or not fresh else fresh[:1]:
        console.print(f"Hint {n} of {len(texts)}: {HINT_KINDS[n - 1]}\n", markup=False)
        if n == len(texts) and n not in seen:
            refused = Trouble("The last hint is the repair itself.", "./lab hint --yes")
            asks = "The last hint is the repair itself: the lab is then due again in three days."
            if not agreed(f"{asks} Show it?", refused):
                raise typer.Exit(1)
        console.print(texts[n - 1], markup=False)
        now.saw_hint(folder, n)
    if not seen and again:
        console.print("You have read none yet.", markup=False)
    console.print("\nnext: ./lab watch", markup=False)


def diff(as_json: Json = False) -> None:
    """Show what you changed since the lab was started."""
    workspace = session().workspace
    text = workspace.diff()
    if as_json:
        screen.print_json({"files": workspace.changed_files(), "diff": text})
    elif not text:
        screen.console().print("Nothing is changed: this is the project as deployed.", markup=False)
    else:
        from rich.syntax import Syntax  # noqa: PLC0415 - only where it is drawn

        drawn = Syntax(text, "diff", background_color="default")
        screen.console().print(drawn if screen.may_animate() else text.rstrip(), markup=False)


def reset(
    file: Annotated[str, typer.Argument(help="One file; without it, everything.")] = "",
) -> None:
    """Put one file, or everything, back as it was deployed; a copy of your work is kept.

    Everything goes back only after a question; `./lab reset --yes` does not ask.
    """
    workspace = session().workspace
    if file:
        say_kept(workspace.reset_file(file))
        screen.console().print(f"{file} is as deployed.", markup=False)
        return
    if not workspace.exists:
        workspace.need()
    changed = workspace.changed_files()
    if changed:
        said = f"{len(changed)} changed files would go back to the start"
        refused = Trouble(f"{said}.", "./lab reset --yes (keeps a copy)")
        if not agreed(f"{said}; a copy is kept. Reset?", refused):
            raise typer.Exit(1)
    say_kept(workspace.reset())
    screen.console().print("Everything is as deployed.\nnext: ./lab watch", markup=False)
