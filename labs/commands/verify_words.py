"""How `lab verify` speaks: a line per run, how long the rest will take, the table at the end."""

from collections.abc import Callable, Sequence
from statistics import median
from typing import Any

from labs import screen
from labs.engine.catalogue import LabFolder
from labs.engine.verify import Row, expected, mismatch
from labs.engine.verify_run import Table


def silent(_row: Row) -> None:
    """Say nothing: somebody asked for JSON."""


def teller(
    folder: LabFolder, chosen: Sequence[str], runs: int, kept: Table
) -> Callable[[Row], None]:
    """Return what prints a line per run, with the time that the rest of the lab needs."""
    console = screen.console()
    console.print(f"{folder.lab.slug}: {len(chosen)} variants, {runs} runs each", markup=False)
    wanted = {(variant, number) for variant in chosen for number in range(1, runs + 1)}
    fresh: list[float] = []

    def tell(row: Row) -> None:
        fresh.append(row.seconds)
        left = len(wanted - {(kept_row.variant, kept_row.number) for kept_row in kept.rows})
        console.print(f"{line(folder, row)}{eta(left, fresh)}", markup=False)

    return tell


def eta(left: int, seconds: Sequence[float]) -> str:
    """Return how many runs are left and for how long, by the median of those so far."""
    if not left:
        return ""
    return f"   [{left} left, {left * median(seconds) / 60:.1f} min]"


def line(folder: LabFolder, row: Row) -> str:
    """Return one run in one line."""
    said = mismatch(folder.lab, row)
    mark = "? " if row.verdict == "INCONCLUSIVE" else "NO" if said else "ok"
    broken = f" ({', '.join(row.broken)})" if row.broken else ""
    why = f": {row.why}" if row.verdict == "INCONCLUSIVE" else ""
    wanted = f"; expected {expected(folder.lab, row.variant)}" if said else ""
    early = ", ended early" if row.early else ""
    verdict = f"{row.verdict}{broken}{early}{why}{wanted}"
    return f"{mark} {row.number:>2}  {row.variant:<28} {row.seconds:5.1f} s  {verdict}"


def print_table(found: dict[str, Any]) -> None:
    """Print what every variant got, what disagrees, and how long a run took."""
    console = screen.console()
    console.print("")
    for row in found["variants"]:
        agreed = f"{row['agreed']} of {len(row['verdicts'])}"
        by = f"  rejected by {', '.join(row['rejected_by'])}" if row["rejected_by"] else ""
        console.print(f"{row['variant']:<28} {row['expected']:<22} {agreed}{by}", markup=False)
    for said in found["disagreements"]:
        console.print(f"NO {said}", markup=False)
    for stage, seconds in found["split_s"].items():
        console.print(f"  {seconds:5.2f} s  {stage} (median)", markup=False)
    told = f"{found['mismatches']} mismatches, {found['inconclusive']} inconclusive"
    console.print(f"{told}, {found['seconds_median']} s a run (median)", markup=False)


def print_sum(found: dict[str, Any]) -> None:
    """Print one line about all labs."""
    made = sum(len(table["rows"]) for table in found["labs"])
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
