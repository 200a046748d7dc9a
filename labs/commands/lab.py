"""The learner's verbs around a run: list, start, page."""

import time
from typing import Annotated

import typer

from labs import screen
from labs.commands.asking import agreed
from labs.commands.learner import say_kept, session
from labs.commands.options import Json
from labs.commands.programs import have_programs
from labs.engine.alone import alone_on
from labs.engine.catalogue import LabFolder, all_labs, find
from labs.engine.model import HARDEST
from labs.engine.next_step import next_step
from labs.loop import board
from stack.trouble import Trouble
from stack.warden.client import Warden


def register(app: typer.Typer) -> None:
    """Add this group's verbs to the command."""
    app.command("list")(list_labs)
    for verb in (start, page):
        app.command(verb.__name__)(verb)


def list_labs(
    spoil: Annotated[
        bool, typer.Option("--spoil", help="Show slugs and modules of unsolved labs, too.")
    ] = False,
    as_json: Json = False,
) -> None:
    """List the labs: number, title, level, minutes, and how far you are."""
    progress = session().progress
    rows = [board.listed(folder, progress, spoil=spoil) for folder in all_labs()]
    if as_json:
        screen.print_json(rows)
        return
    for row in rows:
        name = f"  ({row['slug']})" if row["slug"] else ""
        words = f"level {row['level']}, {row['minutes']} min, {row['state']}"
        screen.console().print(f"{row['number']:02}  {row['title']}{name}", markup=False)
        screen.console().print(f"    {words}", markup=False)
    screen.console().print(f"next: {next_step(session().place())}", markup=False)


def start(
    lab: Annotated[
        str, typer.Argument(help="Its number (or its name, once you know it).", show_default=False)
    ] = "",
    up: Annotated[bool, typer.Option(help="Start the stack on it, too.")] = True,
) -> None:
    """Make `workspace/` the project of this lab, run the stack on it, and show the page."""
    now = session()
    if not lab:
        first = now.place().first_lab
        raise Trouble("Which lab? ./lab list shows them.", f"./lab start {first:02}")
    folder = find(lab)
    said = f"{now.workspace.path} has work that is not part of lab {folder.lab.number:02}"
    if now.workspace.has_unsaved_work() and not now.repair_is_kept():
        refused = Trouble(f"{said}.", f"./lab start {folder.lab.number:02} --yes (keeps a copy)")
        if not agreed(f"{said}. Keep a copy and start?", refused):
            raise typer.Exit(1)
    if up:
        have_programs()
    with alone_on(now.home):
        kept = now.workspace.lay_out(folder)
        now.take(folder, time.time())
        say_kept(kept)
        show_page(folder)
        screen.console().print(f"Your project is {now.workspace.path}", markup=False)
        if up:
            from labs.commands.lab_runs import bring_up  # noqa: PLC0415 - all that a run needs

            bring_up(now, folder, Warden(now.home))
    screen.console().print(f"next: {next_step(now.place())}", markup=False)


def page(as_json: Json = False) -> None:
    """Show what the on-call engineer was told."""
    now = session()
    if as_json:
        lab = now.folder().lab
        text = now.folder().text("page.md")
        screen.print_json({"number": lab.number, "title": lab.title, "page": text})
        return
    show_page(now.folder())
    screen.console().print(f"\nnext: {next_step(now.place())}", markup=False)


def show_page(folder: LabFolder) -> None:
    """Show a page as text; drawn in a terminal."""
    lab, text = folder.lab, folder.text("page.md")
    console = screen.console()
    level = f"level {lab.level} of {HARDEST}"
    console.print(f"Lab {lab.number:02}, {level}, {lab.minutes} minutes\n", markup=False)
    screen.print_markdown(text)
