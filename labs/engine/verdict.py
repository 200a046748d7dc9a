"""PASS, FAIL or INCONCLUSIVE: pure, and FAIL unless everything needed was shown to hold.

| outside cause | a needed claim is broken or not measured | nothing needed was claimed | verdict |
|---|---|---|---|
| yes | any | any | INCONCLUSIVE |
| no  | yes | any | FAIL |
| no  | no  | yes | FAIL |
| no  | no  | no  | PASS |

"Not measured" is never a pass: a run that shows nothing proves nothing. Outside causes are found in
`outside.py`, and only things that no code in the workspace could have done count as one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from labs.engine.evidence import Evidence
from labs.engine.guards import guard_results
from labs.engine.measures import Measured, Table
from labs.engine.model import Claim
from labs.engine.outside import outside_causes
from labs.engine.results import Result, spoken


class Outcome(StrEnum):
    """What a run says about the workspace."""

    PASS = "PASS"  # noqa: S105 - not a password
    FAIL = "FAIL"
    INCONCLUSIVE = "INCONCLUSIVE"

    @property
    def exit_code(self) -> int:
        """How the command ends: 0 held, 1 broke, 3 cannot say (2 is bad input)."""
        return {"PASS": 0, "FAIL": 1, "INCONCLUSIVE": 3}[self.value]


@dataclass(frozen=True, slots=True)
class Verdict:
    """One run, judged."""

    lab: str
    variant: str
    verdict: Outcome
    claims: tuple[Result, ...]
    why: str
    code: str
    started_at: str
    seconds: float

    def as_json(self) -> dict[str, Any]:
        """Return what verdict.json holds."""
        return asdict(self) | {"verdict": self.verdict.value}

    @property
    def broken(self) -> tuple[Result, ...]:
        """The claims and guards that stand between this run and PASS."""
        return tuple(r for r in self.claims if not r.stretch and r.ok is not True)


def outcome(results: Iterable[Result], outside: Sequence[str]) -> Outcome:
    """Decide by the table at the top of this module."""
    if outside:
        return Outcome.INCONCLUSIVE
    needed = [result for result in results if not result.stretch]
    if needed and all(result.ok is True for result in needed):
        return Outcome.PASS
    return Outcome.FAIL


def why(results: Sequence[Result], outside: Sequence[str]) -> str:
    """Say in one sentence what decided; nothing where everything held."""
    if outside:
        return f"This is not your code: {outside[0]}"
    for result in results:
        if not result.stretch and result.ok is not True:
            return result.felt or f"{result.says}: {result.figures}"
    return "" if results else "Nothing was measured."


def judge_claim(claim: Claim, measured: Measured) -> Result:
    """Hold one measured value against its claim; too few samples measure nothing."""
    enough = measured.samples >= claim.min_samples
    value = measured.value if enough else None
    ok = None if value is None else claim.holds(value)
    felt = ""
    if ok is False and value is not None:
        felt = _fill(claim.felt, value, claim)
    elif ok is None:
        seen = f"{measured.samples} of at least {claim.min_samples} samples"
        felt = f"not measured: {seen}, too little of what this counts happened in the run"
    return Result(
        id=claim.id,
        says=claim.says,
        measured=value,
        needed=claim.needed,
        unit=claim.unit,
        ok=ok,
        felt=felt,
        traded=claim.traded if ok is False else "",
        stretch=claim.stretch,
        samples=measured.samples,
    )


def judge(
    evidence: Evidence,
    measures: Table,
    head: Mapping[str, Any],
) -> Verdict:
    """Judge a run: its claims, the contract that every run guards, and what came from outside."""
    results = [
        judge_claim(claim, measures[claim.measure](evidence, claim.of))
        for claim in evidence.lab.claim
    ]
    results += guard_results(evidence)
    outside = outside_causes(evidence)
    return Verdict(
        verdict=outcome(results, outside),
        claims=tuple(results),
        why=why(results, outside),
        **head,
    )


def _fill(text: str, value: float, claim: Claim) -> str:
    filled = text.replace("{measured}", spoken(value)).replace("{needed}", claim.needed)
    return filled.replace("{unit}", claim.unit)
