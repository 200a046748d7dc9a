"""`lab team *.json`: the exports of several people in one table; no server, nothing is sent."""

import itertools
from pathlib import Path
from typing import Annotated, Any

import typer

from labs import screen
from labs.engine.catalogue import all_labs, find
from labs.loop import backup
from labs.loop.team import COLUMNS, NONE, Row, names, rows
from stack.trouble import Trouble

EXPORT = "./lab progress --export NAME.json"


def register(app: typer.Typer) -> None:
    """Add `team`."""
    app.command("team")(team)


def team(
    files: Annotated[list[Path], typer.Argument(help="What each person exported, one file each.")],
    lab: Annotated[str, typer.Option(help="Only this lab (and who was on call).")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Merge exports into one table: predictions, time to diagnosis, verdicts, on call by seed."""
    only = find(lab) if lab else None
    people = {who: backup.exported(file) for file, who in names(files).items()}
    found = rows(all_labs(), people, only)
    if not found:
        begun = f"lab {only.lab.number:02}" if only else "a lab"
        raise Trouble(f"Nobody in these {len(people)} files has begun {begun}.", EXPORT)
    if as_json:
        screen.print_json([_as_json(row) for row in found])
        return
    _show(found)


def _show(found: list[Row]) -> None:
    out = screen.console()
    for what, group in itertools.groupby(found, key=lambda row: row.what):
        lines = aligned([COLUMNS, *(row.cells for row in group)])
        out.print(f"\n{what}", style="bold", markup=False)
        for line in lines:
            out.print(f"  {line}".rstrip(), markup=False)
    out.print("\nnext: ./lab debrief, together: whose number was closest, and why?")


def aligned(table: list[tuple[str, ...]]) -> list[str]:
    """Return the rows with their columns beneath each other; an empty column is left out."""
    columns = [column for column in zip(*table, strict=True) if set(column[1:]) != {NONE}]
    widths = [max(map(len, column)) for column in columns]
    rows = zip(*columns, strict=True)
    return ["  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) for row in rows]


def _as_json(row: Row) -> dict[str, Any]:
    return {
        "what": row.what,
        "who": row.who,
        "predicted": list(row.predicted),
        "diagnosed": row.diagnosed,
        "minutes_to_diagnosis": None if row.minutes is None else round(row.minutes, 2),
        "verdict": row.verdict or None,
        "checks": row.checks,
        "hints": row.hints,
    }
