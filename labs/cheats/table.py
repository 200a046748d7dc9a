"""How a table of cheats agrees with "every one is rejected, and it is said why". Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from labs.cheats.suite import Cheat
from labs.engine.results import Result


@dataclass(frozen=True, slots=True)
class Caught:
    """One cheat, as the grader judged it."""

    cheat: str
    says: str
    verdict: str
    broken: tuple[str, ...]
    sentence: str  # what was given up, in the grader's words
    seconds: float
    run: str = ""
    why: str = ""


def given_up(cheat: Cheat, broken: Sequence[Result]) -> str:
    """Return the sentence that says what was given up: of the guard that is meant, or the first."""
    meant = [result for result in broken if result.id in cheat.caught_by]
    for result in (*meant, *broken):
        if said := result.traded or result.felt or result.says:
            return said.splitlines()[0]
    return ""


def mismatch(cheat: Cheat, row: Caught) -> str:
    """Say how a cheat got through; empty when it did not, or no run could judge it."""
    if row.verdict == "INCONCLUSIVE":
        return ""
    if row.verdict != "FAIL":
        return f"{row.cheat}: {row.verdict}, and must be rejected"
    if cheat.caught_by and not set(cheat.caught_by) & set(row.broken):
        by, meant = ", ".join(row.broken), " or ".join(cheat.caught_by)
        return f"{row.cheat}: rejected by {by}, not by {meant}"
    return "" if row.sentence else f"{row.cheat}: rejected, and not a word why"


def table(slug: str, cheats: Sequence[Cheat], rows: Sequence[Caught]) -> dict[str, Any]:
    """Return what `./lab verify SLUG --cheats --json` prints."""
    by_name = {row.cheat: row for row in rows}
    said = [
        mismatch(cheat, by_name[cheat.name]) if cheat.name in by_name else f"{cheat.name}: not run"
        for cheat in cheats
    ]
    unsure = [row.cheat for row in rows if row.verdict == "INCONCLUSIVE"]
    said += [f"{name}: no run could judge it" for name in unsure]
    wrong = [one for one in said if one]
    return {
        "lab": slug,
        "cheats": len(cheats),
        "rejected": sum(row.verdict == "FAIL" for row in rows),
        "mismatches": len(wrong),
        "disagreements": wrong,
        "inconclusive": len(unsure),
        "rows": [asdict(row) for row in rows],
    }


def summed(tables: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what `./lab verify --all --cheats --json` prints."""
    added = ("cheats", "rejected", "mismatches", "inconclusive")
    return {"labs": list(tables), **{key: sum(one[key] for one in tables) for key in added}}
