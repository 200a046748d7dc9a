"""`lab progress`, `lab next`, `lab skip`: how far you are, and what is worth this evening."""

import sys
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from labs import screen
from labs.commands.learner import session
from labs.commands.options import Json
from labs.engine.catalogue import all_labs, find
from labs.engine.session import Session
from labs.loop import backup, board
from labs.loop.tonight import tonight
from stack.trouble import Trouble


def register(app: typer.Typer) -> None:
    """Add `progress`, `next` and `skip`."""
    app.command("progress")(progress)
    app.command("next")(next_evening)
    app.command("skip")(skip)


def progress(
    export: Annotated[
        Path | None, typer.Option(help="Write all of it into one file; - is the output.")
    ] = None,
    restore: Annotated[
        Path | None, typer.Option(help="Put an export back, - is the input; what is here is kept.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show how far you are with each lab, and how well you predict."""
    now, out = session(), screen.console()
    if export is not None and restore is not None:
        raise Trouble("Either --export or --restore, not both.", "./lab progress --export FILE")
    if export == backup.PIPE:
        sys.stdout.write(backup.text(now.home))
        return
    if export is not None:
        backup.export(now.home, export)
        out.print(f"All of it is in {export}.\nnext: ./lab progress", markup=False)
        return
    if restore is not None:
        for kept in backup.restore(now.home, restore):
            out.print(f"What was here is kept in {kept}", markup=False)
        source = "what was piped in" if restore == backup.PIPE else restore
        out.print(f"Restored from {source}.\nnext: ./lab progress", markup=False)
        return
    _board(now, as_json=as_json)


def _board(now: Session, *, as_json: bool) -> None:
    rows = board.rows(all_labs(), now.progress)
    if as_json:
        calls = [call.model_dump() for call in now.progress.oncall]
        line = board.calibration(now.progress)
        screen.print_json({"labs": rows, "calibration": line, "on_call": calls})
        return
    for row in rows:
        _show(row)
    told = [board.count(rows), board.calibration(now.progress), board.on_call(now.progress)]
    out = screen.console()
    out.print("\n" + "\n".join(line for line in told if line), markup=False)
    out.print("next: ./lab next", markup=False)


def _show(row: dict[str, Any]) -> None:
    screen.console().print(f"{row['number']:02}  {row['title']}", markup=False)
    screen.console().print(f"    {board.told(row)}", markup=False)


def next_evening(as_json: Json = False) -> None:
    """Say what is worth this evening, with minutes, and the one command to type."""
    now, out = session(), screen.console()
    items = tonight(all_labs(), now.progress, time.time())
    if as_json:
        keys = ("kind", "what", "minutes", "command")
        screen.print_json([{key: getattr(item, key) for key in keys} for item in items])
        return
    for item in items:
        out.print(f"{item.minutes:3} min  {item.what}", markup=False)
    if not items:
        out.print("Every lab is solved and no card is due. Rest, or take one again.", markup=False)
    command = items[0].command if items else "./lab list"
    out.print(f"next: {command}", markup=False)


def skip(
    lab: Annotated[str, typer.Argument(help="Its number; the one in hand unless said.")] = "",
) -> None:
    """Leave a lab for later: the next one is offered instead; `lab start` takes it up again."""
    now = session()
    folder = find(lab) if lab else now.folder()
    number = folder.lab.number
    if now.progress.lab(folder.lab.slug).solved_at is not None:
        raise Trouble(f"Lab {number:02} is solved; there is nothing to skip.", "./lab next")

    def how(whole: Any) -> None:
        whole.lab(folder.lab.slug).skipped_at = time.time()
        if whole.in_hand == folder.lab.slug:
            whole.in_hand = ""

    now.file.change(how)
    told = f"Lab {number:02} is left for later; ./lab start {number:02} takes it up again."
    screen.console().print(f"{told}\nnext: ./lab next", markup=False)
