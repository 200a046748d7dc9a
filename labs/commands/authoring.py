"""An author's verbs: `verify` proves a lab, `new` begins one, `rebase` reopens a variant."""

import contextlib
import re
from typing import Annotated, Any

import typer

from labs import screen
from labs.commands.stack import _have_programs
from labs.engine import authoring
from labs.engine.catalogue import LabError, LabFolder, all_labs, find, shown
from labs.engine.content import complaints
from labs.engine.experiment import DATABASE
from labs.engine.session import Session
from labs.engine.verify import Row, expected, mismatch, table
from labs.engine.verify_run import Table, Verification
from stack.home import Home
from stack.trouble import Trouble
from stack.warden.client import DoesNotStart, Warden

INTERRUPTED = 130
Json = Annotated[bool, typer.Option("--json", help="One JSON document, nothing else.")]


def register(app: typer.Typer) -> None:
    """Add this group's verbs to the command."""
    app.command("verify")(verify)
    app.command("new")(new)
    app.command("rebase")(rebase)


def verify(  # noqa: PLR0913, PLR0917 - each is an option of the verb
    lab: Annotated[str, typer.Argument(help="Its slug or number.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="Every lab.")] = False,
    runs: Annotated[int, typer.Option(min=1, max=100, help="How often each variant runs.")] = 1,
    variant: Annotated[
        list[str] | None, typer.Option(help="Only this one (again for more): bug, right/lease.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where it was ended.")] = False,
    jobs: Annotated[int, typer.Option(min=1, max=2, help="Stacks side by side.")] = 1,
    as_json: Json = False,
) -> None:
    """Prove a lab: the reference passes, the bug fails, every wrong repair on its own claim."""
    if bool(lab) == everything:
        raise Trouble("Which lab?", "./lab verify SLUG (or --all)")
    folders = all_labs() if everything else [find(lab)]
    for folder in folders:
        _refuse_incomplete(folder)
    _have_programs()
    tables = []
    for folder in folders:
        chosen = _chosen(folder, variant)
        tables.append(_verified(folder, chosen, runs, jobs, resume=resume, quiet=as_json))
    _hand_back(Home.find())
    wrong = sum(found["mismatches"] for found in tables)
    if as_json:
        summed = {"labs": tables, "mismatches": wrong, "runs": runs}
        screen.print_json(summed if everything else tables[0])
    raise typer.Exit(1 if wrong else 0)


def _hand_back(home: Home) -> None:
    """Run the learner's own workspace again, not the last variant."""
    now = Session(home)
    folder = now.in_hand()
    if folder is None or not now.workspace.exists:
        return
    scale = {key: str(value) for key, value in folder.lab.scale.items()}
    with contextlib.suppress(DoesNotStart):
        Warden(home).up(folder.lab.needs, now.workspace.path, scale, DATABASE)


def _refuse_incomplete(folder: LabFolder) -> None:
    found = complaints(folder)
    if found:
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        raise LabError(f"{folder.path.name}: {found[0]}{more}", "./lab test tests/labs -k content")


def _chosen(folder: LabFolder, wanted: list[str] | None) -> list[str]:
    variants = list(folder.variants())
    unknown = [name for name in wanted or [] if name not in variants]
    if unknown:
        raise Trouble(f"No variant {unknown[0]!r}; there are {', '.join(variants)}.", "./lab list")
    return wanted or variants


def _verified(  # noqa: PLR0913 - what was asked for, as it was asked
    folder: LabFolder, chosen: list[str], runs: int, jobs: int, *, resume: bool, quiet: bool
) -> dict[str, Any]:
    home, console = Home.find(), screen.console()
    kept = Table.of(home, folder, resume=resume)

    def tell(row: Row) -> None:
        if not quiet:
            console.print(_line(folder, row), markup=False)

    if not quiet:
        console.print(f"{folder.lab.slug}: {len(chosen)} variants, {runs} runs each", markup=False)
    try:
        rows = Verification(home, folder, chosen, runs, kept, jobs, tell).run()
    except KeyboardInterrupt:
        screen.console(stderr=True).print(
            f"Stopped; {len(kept.rows)} runs are kept.\n"
            f"next: ./lab verify {folder.lab.slug} --runs {runs} --resume",
            markup=False,
        )
        raise typer.Exit(INTERRUPTED) from None
    found = table(folder.lab, chosen, rows, runs)
    if not quiet:
        _print_table(found)
    return found


def _line(folder: LabFolder, row: Row) -> str:
    said = mismatch(folder.lab, row)
    mark = "? " if row.verdict == "INCONCLUSIVE" else "NO" if said else "ok"
    broken = f" ({', '.join(row.broken)})" if row.broken else ""
    why = f": {row.why}" if row.verdict == "INCONCLUSIVE" else ""
    wanted = f"; expected {expected(folder.lab, row.variant)}" if said else ""
    verdict = f"{row.verdict}{broken}{why}{wanted}"
    return f"{mark} {row.number:>2}  {row.variant:<28} {row.seconds:5.1f} s  {verdict}"


def _print_table(found: dict[str, Any]) -> None:
    console = screen.console()
    console.print("")
    for row in found["variants"]:
        agreed = f"{row['agreed']} of {len(row['verdicts'])}"
        by = f"  rejected by {', '.join(row['rejected_by'])}" if row["rejected_by"] else ""
        console.print(f"{row['variant']:<28} {row['expected']:<22} {agreed}{by}", markup=False)
    for said in found["disagreements"]:
        console.print(f"NO {said}", markup=False)
    told = f"{found['mismatches']} mismatches, {found['inconclusive']} inconclusive"
    console.print(f"{told}, {found['seconds_median']} s a run (median)", markup=False)


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
