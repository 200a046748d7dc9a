"""How `lab verify` speaks: a line per run, how long the rest will take, the table at the end."""

import time
from collections.abc import Callable, Sequence
from typing import Any

from labs import screen
from labs.engine.catalogue import LabFolder
from labs.engine.model import Lab
from labs.engine.results import spoken
from labs.engine.verify import Row, expected, mismatch, table
from labs.engine.verify_run import Chapter


def silent(_chapter: Chapter, _row: Row) -> None:
    """Say nothing: somebody asked for JSON."""


def teller(chapters: Sequence[Chapter], runs: int) -> Callable[[Chapter, Row], None]:
    """Return what prints a line per run, and the table of a lab when its last run is in."""
    console, began_s, made = screen.console(), time.monotonic(), [0]
    for chapter in chapters:
        if not chapter.missing(runs):
            _print_chapter(chapter, runs)

    def tell(chapter: Chapter, row: Row) -> None:
        made[0] += 1
        left = sum(len(each.missing(runs)) for each in chapters)
        rest = eta(left, (time.monotonic() - began_s) / made[0])
        console.print(
            f"{chapter.folder.lab.number:02} {line(chapter.folder, row)}{rest}", markup=False
        )
        if not chapter.missing(runs):
            _print_chapter(chapter, runs)

    return tell


def _print_chapter(chapter: Chapter, runs: int) -> None:
    rows = chapter.rows(runs)
    print_table(table(chapter.folder.lab, chapter.variants, rows, runs))
    for told in figures(chapter.folder.lab, rows):
        screen.console().print(told, markup=False)


def figures(lab: Lab, rows: Sequence[Row]) -> list[str]:
    """Return what each claim measured, broken and as it should be: what a bound is set between.

    The right repairs together, because the bound has to hold for each of them.
    """
    told = []
    for claim in lab.claim:
        found = {name: _measured(rows, name, claim.id) for name in ("reference", "right", "bug")}
        words = [f"{name} {spoken(min(v))}" + _to(v) for name, v in found.items() if v]
        if words:
            told.append(f"  {claim.id}: {', '.join(words)}; needed {claim.needed}")
    return told


def _measured(rows: Sequence[Row], kind: str, claim: str) -> list[float]:
    values = [row.measured.get(claim) for row in rows if row.variant.startswith(kind)]
    return [value for value in values if value is not None]


def _to(values: Sequence[float]) -> str:
    return f" to {spoken(max(values))}" if max(values) != min(values) else ""


def eta(left: int, seconds_each: float) -> str:
    """Return how many runs are left, and for how many minutes if they go on like that."""
    return f"   [{left} left, {left * seconds_each / 60:.1f} min]" if left else ""


def line(folder: LabFolder, row: Row) -> str:
    """Return one run in one line."""
    said = mismatch(folder.lab, row)
    mark = "? " if row.verdict == "INCONCLUSIVE" else "NO" if said else "ok"
    broken = f" ({', '.join(row.broken)})" if row.broken else ""
    why = f": {row.why}" if row.verdict == "INCONCLUSIVE" else ""
    wanted = expected(folder.lab, row.variant)
    reason = f"expected {wanted}" if row.verdict != wanted.verdict else said.partition(": ")[2]
    told = f"; {reason}" if said else ""
    early = ", ended early" if row.early else ""
    verdict = f"{row.verdict}{broken}{early}{why}{told}"
    return f"{mark} {row.number:>2}  {row.variant:<28} {row.seconds:5.1f} s  {verdict}"


def print_table(found: dict[str, Any]) -> None:
    """Print what every variant got, what disagrees, and how long a run took."""
    console = screen.console()
    console.print(f"\n{found['lab']}", markup=False)
    for row in found["variants"]:
        agreed = f"{row['agreed']} of {len(row['verdicts'])}"
        by = f"  rejected by {', '.join(row['rejected_by'])}" if row["rejected_by"] else ""
        console.print(f"{row['variant']:<28} {row['expected']:<22} {agreed}{by}", markup=False)
    for said in found["disagreements"]:
        console.print(f"NO {said}", markup=False)
    for said in found["failed"]:
        console.print(f"   {said}", markup=False)
    for stage, seconds in found["split_s"].items():
        console.print(f"  {seconds:5.2f} s  {stage} (median)", markup=False)
    told = f"{found['mismatches']} mismatches, {found['inconclusive']} inconclusive"
    console.print(f"{told}, {found['seconds_median']} s a run (median)\n", markup=False)


def print_sum(found: dict[str, Any]) -> None:
    """Print one line about all labs."""
    made = sum(len(one["rows"]) for one in found["labs"])
    screen.console().print(
        f"\n{len(found['labs'])} labs, {made} runs in {found['minutes']} min: "
        f"{found['mismatches']} mismatches, {found['inconclusive']} inconclusive "
        f"({found['inconclusive_share']:.0%}), {found['reran']} run again, "
        f"{found['ended_early']} ended early, {found['seconds_median']} s a run (median)",
        markup=False,
    )


def stopped(rows: int, again: str) -> None:
    """Say what Ctrl-C left behind, and how to go on."""
    said = f"Stopped; {rows} runs are kept.\nnext: {again}"
    screen.console(stderr=True).print(said, markup=False)
