"""An author's verbs: `verify` proves a lab, `new` begins one, `rebase` reopens a variant."""

import re
from typing import Annotated

import typer

from labs import screen
from labs.commands.verify import verify
from labs.engine import authoring
from labs.engine.catalogue import find, shown
from labs.engine.measures import BUILT_IN
from stack.home import Home
from stack.trouble import Trouble

STEPS = (
    "1. ./lab rebase {slug} bug: break the tree it opens, then the same with --write",
    "2. lab.toml: load, claims, symptom; ./lab verify {slug} lists what is still to be written",
    "3. ./lab rebase {slug} right/another, wrong/usual ...: each begins at the bug",
    "4. page.md, hints.md, debrief.md: the cause nowhere on the page",
    "5. ./lab verify {slug} --variant reference --variant bug: what a bound is set between",
    "6. ./lab verify {slug} --runs 3 --write, then the tables (CONTRIBUTING.md, step 7)",
)


def register(app: typer.Typer) -> None:
    """Add this group's verbs to the command."""
    app.command("verify")(verify)
    app.command("new")(new)
    app.command("rebase")(rebase)


def new(
    slug: Annotated[str, typer.Argument(help="Its name: small letters and dashes.")] = "",
    module: Annotated[str, typer.Option(help="The folder it belongs in.")] = "caching",
    measures: Annotated[
        bool, typer.Option("--measures", help="Only list what a claim can measure.")
    ] = False,
) -> None:
    """Begin a lab: every file that it needs, with what to write in it."""
    if measures:
        _list_measures()
        return
    if not re.fullmatch(r"[a-z][a-z0-9-]{2,30}", slug):
        raise Trouble(f"{slug!r} is no slug: small letters, digits, dashes.", "./lab new hot-row")
    folder = authoring.scaffold(slug, authoring.module_named(module, slug))
    console = screen.console()
    console.print(f"{shown(folder.path)} is there; labs/README.md explains it.", markup=False)
    for step in STEPS:
        console.print(f"  {step.format(slug=slug)}", markup=False)
    console.print(f"next: ./lab rebase {slug} bug", markup=False)


def _list_measures() -> None:
    console = screen.console()
    for name, one in sorted(BUILT_IN.items()):
        console.print(f"{name}  of = {{ {', '.join(one.takes)} }}", markup=False)
        console.print(f"    {one.says}", markup=False)
    console.print("next: ./lab new SLUG", markup=False)


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
        misfits = authoring.unfitting(folder) if variant == "bug" else []
        for name in misfits:
            console.print(f"  no longer fits it: {name}", markup=False)
        again = f"./lab verify {folder.lab.slug} --variant {variant}"
        if misfits:
            again = f"./lab rebase {folder.lab.slug} {misfits[0]}"
        console.print(f"next: {again}", markup=False)
        return
    refused = authoring.reopen(folder, variant, root)
    console.print(f"{variant} is open in {root}", markup=False)
    for name in refused:
        console.print(f"  did not fit: {name}", markup=False)
    console.print(f"next: edit it, then ./lab rebase {slug} {variant} --write", markup=False)
