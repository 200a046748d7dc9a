"""`lab verify --cheats`: workspaces that cheat, and what the grader says to each."""

from dataclasses import dataclass
from typing import Any

import typer

from labs import screen
from labs.cheats.record import README, cheat_table, keep, read_record, write_table
from labs.cheats.run import Kept, chosen, run_all
from labs.cheats.suite import Cheat
from labs.cheats.table import Caught, mismatch, summed, table
from labs.commands.programs import have_programs
from labs.engine.catalogue import LabFolder, all_labs, shown
from stack.home import Home

INTERRUPTED = 130


@dataclass(frozen=True)
class AskedCheats:
    """What one `lab verify --cheats` was asked to do."""

    folders: list[LabFolder]
    names: list[str]
    everything: bool
    resume: bool
    write: bool
    quiet: bool


def show_table(*, write: bool) -> None:
    """Print the table of what was seen, or write it into the README; nothing is run."""
    if not write:
        screen.console().print(cheat_table(all_labs(), read_record()), markup=False)
        return
    write_table(all_labs())
    screen.console().print(f"The table stands in {shown(README)}.", markup=False)


def verify_cheats(asked: AskedCheats) -> int:
    """Run them; the exit code: 0 every one was rejected, 1 not so, 3 some could not be judged."""
    have_programs()
    home = Home.find()
    tables: list[dict[str, Any]] = []
    try:
        tables.extend(_one_lab(home, folder, asked) for folder in asked.folders)
    except KeyboardInterrupt:
        what = "--all" if asked.everything else asked.folders[0].lab.slug
        said = f"Stopped; what ran is kept.\nnext: ./lab verify {what} --cheats --resume"
        screen.console(stderr=True).print(said, markup=False)
        raise typer.Exit(INTERRUPTED) from None
    found = summed(tables) if asked.everything else tables[0]
    if asked.quiet:
        screen.print_json(found)
    else:
        _print_sum(found)
    return 1 if _holes(tables) else 3 if found["inconclusive"] else 0


def _holes(tables: list[dict[str, Any]]) -> int:
    return sum(one["mismatches"] - one["inconclusive"] for one in tables)


def _one_lab(home: Home, folder: LabFolder, asked: AskedCheats) -> dict[str, Any]:
    cheats = chosen(folder, asked.names)
    kept = Kept(home, folder, resume=asked.resume)
    rows = []
    for cheat, row in run_all(home, folder, cheats, kept):
        rows.append(row)
        if not asked.quiet:
            screen.console().print(line(folder, cheat, row), markup=False)
    found = table(folder.lab.slug, cheats, rows)
    if asked.write:
        keep(folder, found)
        write_table(all_labs())
    return found


def line(folder: LabFolder, cheat: Cheat, row: Caught) -> str:
    """Return one cheat in two lines: how it ended, and what was given up."""
    said = mismatch(cheat, row)
    mark = "? " if row.verdict == "INCONCLUSIVE" else "NO" if said else "ok"
    broken = f" ({', '.join(row.broken)})" if row.broken else ""
    first = f"{mark} {folder.lab.number:02} {cheat.name:<24} {row.seconds:5.1f} s  {row.verdict}"
    told = said or row.sentence or row.why
    return f"{first}{broken}\n      {told}"


def _print_sum(found: dict[str, Any]) -> None:
    screen.console().print(
        f"\n{found['rejected']} of {found['cheats']} cheats rejected, {found['mismatches']} not as"
        f" they must be, {found['inconclusive']} inconclusive",
        markup=False,
    )
