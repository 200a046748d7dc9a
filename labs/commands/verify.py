"""`lab verify`: proves a lab, or all of them, and keeps the table of what rejected what."""

import contextlib
import os
import time
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from labs import screen
from labs.commands import verify_oncall
from labs.commands import verify_words as words
from labs.commands.options import Json
from labs.commands.programs import have_programs
from labs.commands.verify_cheats import AskedCheats, show_table, verify_cheats
from labs.engine import verify_parity
from labs.engine.catalogue import LabError, LabFolder, all_labs, find, shown
from labs.engine.content import complaints
from labs.engine.experiment import DATABASE
from labs.engine.session import Session
from labs.engine.verify import summed, table
from labs.engine.verify_busy import busy_core
from labs.engine.verify_proof import README, keep, kill_table, read_record, write_table
from labs.engine.verify_run import Chapter, Table, Verification
from stack import runtime
from stack.home import Home
from stack.trouble import Trouble
from stack.warden.client import DoesNotStart, Warden

INTERRUPTED = 130
ROOM_FOR_TWO = 4  # processors; on two, two of a hundred runs were wrong even beside idle work
Cheats = Annotated[
    bool, typer.Option("--cheats", help="Workspaces that cheat: every one must be rejected.")
]
OneCheat = Annotated[
    list[str] | None, typer.Option("--cheat", help="Only this cheat (again for more).")
]


@dataclass(frozen=True)
class Asked:
    """What one `lab verify` was asked to do."""

    folders: list[LabFolder]
    variants: list[str] | None
    runs: int
    jobs: int
    resume: bool
    whole: bool
    busy: bool
    quiet: bool
    again: str


def verify(  # noqa: PLR0913, PLR0917 - each is an option of the verb
    lab: Annotated[str, typer.Argument(help="Its slug or number.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="Every lab.")] = False,
    runs: Annotated[int, typer.Option(min=1, max=100, help="How often each variant runs.")] = 1,
    variant: Annotated[
        list[str] | None, typer.Option(help="Only this one (again for more): bug, right/lease.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where it was ended.")] = False,
    jobs: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=2,
            help="2: another stack gets ready while one runs, out of its way.",
        ),
    ] = None,
    whole: Annotated[
        bool, typer.Option("--whole", help="Also what is rejected early runs to its end.")
    ] = False,
    busy: Annotated[
        bool, typer.Option("--busy-core", help="A stranger keeps one core busy meanwhile.")
    ] = False,
    only_table: Annotated[
        bool, typer.Option("--table", help="Run nothing: what rejects which wrong repair.")
    ] = False,
    write: Annotated[
        bool, typer.Option("--write", help="Keep the result; write the table into labs/README.md.")
    ] = False,
    on_call: Annotated[
        str, typer.Option(help="In place of a lab: these incidents of `oncall`, by seed: 0-19.")
    ] = "",
    cheats: Cheats = False,
    cheat: OneCheat = None,
    as_json: Json = False,
) -> None:
    """Prove a lab: the reference passes, the bug fails, every wrong repair on its own claim."""
    if on_call:
        verify_oncall.prove(on_call, as_json=as_json)
        return
    if only_table:
        (show_table if cheats else _table)(write=write)
        return
    if bool(lab) == everything:
        raise Trouble("Which lab?", "./lab verify SLUG (or --all)")
    folders = all_labs() if everything else [find(lab)]
    for folder in folders:
        _refuse_incomplete(folder)
    if cheats or cheat:
        asked_cheats = AskedCheats(folders, cheat or [], everything, resume, write, as_json)
        raise typer.Exit(verify_cheats(asked_cheats))
    again = f"./lab verify {'--all' if everything else folders[0].lab.slug} --runs {runs} --resume"
    room = (os.cpu_count() or 1) >= ROOM_FOR_TWO
    stacks = jobs or (2 if everything and not busy and room else 1)
    asked = Asked(folders, variant, runs, stacks, resume, whole, busy, as_json, again)
    tables, minutes = _all(asked)
    if write:
        _keep(folders, tables, quiet=as_json)
    wrong = sum(found["mismatches"] for found in tables)
    if as_json:
        screen.print_json(summed(tables, runs, minutes) if everything else tables[0])
    elif everything:
        words.print_sum(summed(tables, runs, minutes))
    raise typer.Exit(1 if wrong else 0)


def _all(asked: Asked) -> tuple[list[dict[str, Any]], float]:
    """Return the tables, and how many minutes they took."""
    have_programs()
    home, began_s = Home.find(), time.monotonic()
    chapters = [
        Chapter(folder, _chosen(folder, asked.variants), _kept(home, folder, asked))
        for folder in asked.folders
    ]
    tell = words.silent if asked.quiet else words.teller(chapters, asked.runs)
    try:
        with busy_core() if asked.busy else contextlib.nullcontext():
            Verification(home, chapters, asked.runs, asked.jobs, tell, asked.whole).run()
    except KeyboardInterrupt:
        words.stopped(sum(len(chapter.table.rows) for chapter in chapters), asked.again)
        raise typer.Exit(INTERRUPTED) from None
    _hand_back(home)
    tables = [
        table(one.folder.lab, one.variants, one.rows(asked.runs), asked.runs) for one in chapters
    ]
    return tables, round((time.monotonic() - began_s) / 60, 1)


def _kept(home: Home, folder: LabFolder, asked: Asked) -> Table:
    return Table.of(home, folder, resume=asked.resume)


def _table(*, write: bool) -> None:
    folders = all_labs()
    if not write:
        screen.console().print(kill_table(folders, read_record()), markup=False)
        return
    write_table(folders)
    screen.console().print(f"The table stands in {shown(README)}.", markup=False)


def _keep(folders: list[LabFolder], tables: list[dict[str, Any]], *, quiet: bool) -> None:
    proven = [
        keep(folder, found) and not found["mismatches"]
        for folder, found in zip(folders, tables, strict=True)
    ]
    side = verify_parity.COMPOSE if runtime.in_compose() else verify_parity.EMBEDDED
    for folder, found in zip(folders, tables, strict=True):
        verify_parity.keep(folder, side, found)
    write_table(all_labs())
    verify_parity.write_table(all_labs())
    if not quiet:
        told = f"{sum(proven)} of {len(proven)} labs agreed throughout; {shown(README)} says so."
        screen.console().print(told, markup=False)


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
        out = screen.console(stderr=True)
        for said in found:
            out.print(f"  - {said}", markup=False)
        count = "the one thing that is" if len(found) == 1 else f"the {len(found)} things that are"
        slug = folder.path.name
        said = f"{slug} is not ready to run: write {count} listed."
        raise LabError(said, f"./lab verify {slug}")


def _chosen(folder: LabFolder, wanted: list[str] | None) -> list[str]:
    variants = list(folder.variants())
    unknown = [name for name in wanted or [] if name not in variants]
    if unknown:
        said = f"No variant {unknown[0]!r}; there are {', '.join(variants)}."
        raise Trouble(said, f"./lab verify {folder.path.name} --variant {variants[0]}")
    return wanted or variants
