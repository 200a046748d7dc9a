"""An author's verbs: `verify` proves a lab, `new` begins one, `rebase` reopens a variant."""

import re
from typing import Annotated

import typer

from labs import screen
from labs.commands.verify import verify
from labs.engine import authoring
from labs.engine.catalogue import find, shown
from stack.home import Home
from stack.trouble import Trouble


def register(app: typer.Typer) -> None:
    """Add this group's verbs to the command."""
    app.command("verify")(verify)
    app.command("new")(new)
    app.command("rebase")(rebase)


def new(
    slug: Annotated[str, typer.Argument(help="Its name: small letters and dashes.")],
    module: Annotated[str, typer.Option(help="The folder it belongs in.")] = "caching",
) -> None:
    """Begin a lab: every file that it needs, with what to write in it."""
    if not re.fullmatch(r"[a-z][a-z0-9-]{2,30}", slug):
        raise Trouble(f"{slug!r} is no slug: small letters, digits, dashes.", "./lab new hot-row")
    folder = authoring.scaffold(slug, module)
    console = screen.console()
    console.print(f"{shown(folder.path)} is there; labs/README.md explains it.", markup=False)
    console.print(f"next: ./lab rebase {slug} bug", markup=False)


def rebase(
    slug: Annotated[str, typer.Argument(help="The lab.")],
    variant: Annotated[str, typer.Argument(help="bug, right/NAME or wrong/NAME.")] = "bug",
    write: Annotated[
        bool, typer.Option("--write", help="Write the patch from the tree you edited.")
    ] = False,
) -> None:
    """Reopen a variant as a tree to edit; `--write` makes its patch from it."""
    folder = find(slug)
    root = authoring.opened(Home.find().path, folder, variant)
    console = screen.console()
    if write:
        patch = authoring.write_back(folder, variant, root)
        console.print(f"{shown(patch)} is written.", markup=False)
        console.print(f"next: ./lab verify {folder.lab.slug} --variant {variant}", markup=False)
        return
    refused = authoring.reopen(folder, variant, root)
    console.print(f"{variant} is open in {root}", markup=False)
    for name in refused:
        console.print(f"  did not fit: {name}", markup=False)
    console.print(f"next: edit it, then ./lab rebase {slug} {variant} --write", markup=False)
