"""Is this lab true? What each variant must get, and how a table of runs agrees with it. Pure.

The reference and every right repair pass; the bug and every wrong repair fail, each wrong one on
the claim it names. A run that stayed INCONCLUSIVE after its rerun is counted apart: it never counts
as agreement, and a variant that has nothing else was not verified.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any

from labs.engine.model import Lab
from labs.engine.symptom import disagreement

UNJUDGED = "no run could judge it"


@dataclass(frozen=True, slots=True)
class Row:
    """One run of one variant."""

    variant: str
    number: int
    verdict: str
    broken: tuple[str, ...]
    seconds: float
    measured: dict[str, float | None] = field(default_factory=dict)
    why: str = ""
    run: str = ""
    unpredicted: tuple[str, ...] = ()  # predictions whose quantity this run should have measured
    symptoms: tuple[float | None, ...] = ()  # what each [[symptom]] showed: bug and reference only
    split_s: dict[str, float] = field(default_factory=dict)  # where the time of the run went
    reran: bool = False  # the first run could not say anything
    early: bool = False  # ended when the claim that rejects it was decided
    failed: tuple[str, ...] = ()  # actions and faults of the lab that did not work, in words


@dataclass(frozen=True, slots=True)
class Expected:
    """What a variant must get."""

    verdict: str
    fails_on: str = ""

    def __str__(self) -> str:
        return f"{self.verdict} on {self.fails_on}" if self.fails_on else self.verdict


def expected(lab: Lab, variant: str) -> Expected:
    """Return what a variant must get."""
    kind, _, name = variant.partition("/")
    if kind in ("reference", "right"):
        return Expected("PASS")
    return Expected("FAIL", lab.wrong[name].fails_on if kind == "wrong" else "")


def mismatch(lab: Lab, row: Row) -> str:
    """Say in a sentence how a run disagrees; empty when it does not, or could not say."""
    wanted = expected(lab, row.variant)
    if not _judged(row):
        return ""
    who = f"{row.variant}, run {row.number}"
    said = _wrong_verdict(row, wanted) or _unseen(lab, row)
    return f"{who}: {said}" if said else ""


def _wrong_verdict(row: Row, wanted: Expected) -> str:
    if row.verdict != wanted.verdict:
        broken = f" ({', '.join(row.broken)})" if row.broken else ""
        return f"{row.verdict}{broken}, expected {wanted}"
    if row.variant == "bug" and {"starts", "steady"} & set(row.broken):
        return f"it does not even work before any load ({row.broken[0]}): {row.why}"
    if wanted.fails_on and wanted.fails_on not in row.broken:
        return f"rejected by {', '.join(row.broken)}, not by {wanted.fails_on}"
    return ""


def _unseen(lab: Lab, row: Row) -> str:
    for symptom, value in zip(lab.symptom, row.symptoms, strict=False):
        if said := disagreement(symptom, row.variant, value):
            return said
    if row.unpredicted:
        return f"prediction {', '.join(row.unpredicted)} was not measured"
    return ""


def _judged(row: Row) -> bool:
    return row.verdict != "INCONCLUSIVE"


def mismatches(lab: Lab, variants: Iterable[str], rows: Sequence[Row]) -> list[str]:
    """Return every disagreement, and every variant that no run could judge."""
    found = [said for row in rows if (said := mismatch(lab, row))]
    judged = {row.variant for row in rows if _judged(row)}
    found += [f"{variant}: {UNJUDGED}" for variant in variants if variant not in judged]
    return found


def table(lab: Lab, variants: Sequence[str], rows: Sequence[Row], runs: int) -> dict[str, Any]:
    """Return what `./lab verify --json` prints for one lab."""
    wrong = mismatches(lab, variants, rows)
    return {
        "lab": lab.slug,
        "runs": runs,
        "variants": [_summed(lab, variant, rows) for variant in variants],
        "mismatches": len(wrong),
        "disagreements": wrong,
        "failed": sorted({said for row in rows for said in row.failed}),
        "inconclusive": sum(not _judged(row) for row in rows),
        "inconclusive_share": inconclusive_share(rows),
        "reran": sum(row.reran for row in rows),
        "ended_early": sum(row.early for row in rows),
        "seconds_median": round(median(row.seconds for row in rows), 2) if rows else None,
        "split_s": _split(rows),
        "rows": [asdict(row) for row in rows],
    }


def summed(tables: Sequence[dict[str, Any]], runs: int, minutes: float) -> dict[str, Any]:
    """Return what `./lab verify --all --json` prints."""
    rows = [row for found in tables for row in found["rows"]]
    unsure = sum(found["inconclusive"] for found in tables)
    return {
        "labs": tables,
        "runs": runs,
        "mismatches": sum(found["mismatches"] for found in tables),
        "inconclusive": unsure,
        "inconclusive_share": round(unsure / len(rows), 4) if rows else 0.0,
        "reran": sum(found["reran"] for found in tables),
        "ended_early": sum(found["ended_early"] for found in tables),
        "seconds_median": round(median(row["seconds"] for row in rows), 2) if rows else None,
        "minutes": minutes,
    }


def inconclusive_share(rows: Sequence[Row]) -> float:
    """Return the share of runs that said nothing, also after their rerun."""
    return round(sum(not _judged(row) for row in rows) / len(rows), 4) if rows else 0.0


def _summed(lab: Lab, variant: str, rows: Sequence[Row]) -> dict[str, Any]:
    own = [row for row in rows if row.variant == variant]
    return {
        "variant": variant,
        "expected": str(expected(lab, variant)),
        "verdicts": [row.verdict for row in own],
        "rejected_by": sorted({claim for row in own if _judged(row) for claim in row.broken}),
        "agreed": sum(_judged(row) and not mismatch(lab, row) for row in own),
        "seconds_median": round(median(row.seconds for row in own), 2) if own else None,
        "measured": {claim.id: _spread(own, claim.id) for claim in lab.claim},
    }


def _spread(rows: Sequence[Row], claim: str) -> list[float] | None:
    """Return [least, most] of what was measured: how far a threshold is away."""
    values = [value for row in rows if (value := row.measured.get(claim)) is not None]
    return [round(min(values), 3), round(max(values), 3)] if values else None


def _split(rows: Sequence[Row]) -> dict[str, float]:
    """Return the median seconds of every stage of a run: what is fixed, and what the lab takes."""
    stages = dict.fromkeys(stage for row in rows for stage in row.split_s)
    taken = {stage: [row.split_s.get(stage) for row in rows] for stage in stages}
    return {
        stage: round(median(s for s in seconds if s is not None), 2)
        for stage, seconds in taken.items()
    }
