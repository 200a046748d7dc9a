"""Ninety seconds for an interview: seven sentences, the learner's own figures in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs.engine.model import GUARD_PREFIX, Lab
from labs.engine.progress import LabProgress
from labs.engine.recorded import RecordedRun
from labs.engine.results import spoken

SECONDS = 90
MISSING = "(yours to say)"


def story(
    lab: Lab, before: RecordedRun, after: RecordedRun, done: LabProgress, diff: str
) -> list[tuple[str, str]]:
    """Return situation, signal, hypothesis, number, action, result, price."""
    claim = decisive(before.verdict, after.verdict)
    return [
        ("situation", f"{lab.title}. {len(before.requests)} requests in {before.length_s:.0f} s."),
        ("signal", _signal(before.verdict)),
        ("hypothesis", _hypothesis(lab, done)),
        ("number", number(claim) if claim else MISSING),
        ("action", f"{done.line('holds') or MISSING}{_size(diff)}"),
        ("result", _result(before, after)),
        ("price", done.line("costs") or MISSING),
    ]


def decisive(
    before: Mapping[str, Any], after: Mapping[str, Any]
) -> tuple[Mapping[str, Any], Mapping[str, Any]] | None:
    """Return the first claim that was broken before and holds now, in both runs."""
    now = {claim["id"]: claim for claim in after.get("claims", ())}
    for claim in before.get("claims", ()):
        then = now.get(claim["id"], {})
        measured = claim.get("measured") is not None and then.get("measured") is not None
        broken = claim.get("ok") is False and then.get("ok") is True
        if broken and measured and not claim["id"].startswith(GUARD_PREFIX):
            return claim, then
    return None


def number(claim: tuple[Mapping[str, Any], Mapping[str, Any]]) -> str:
    """Return a claim as one figure before and after."""
    first, second = claim
    moved = f"{spoken(first['measured'])} before, {spoken(second['measured'])} after"
    return f"{first.get('unit') or first['says']}: {moved} (needed: {first['needed']})."


def _signal(verdict: Mapping[str, Any]) -> str:
    broken = [c for c in verdict.get("claims", ()) if c.get("ok") is False and c.get("felt")]
    text = str(broken[0]["felt"]) if broken else str(verdict.get("why") or MISSING)
    return text[:1].upper() + text[1:].rstrip(".") + "."


def _hypothesis(lab: Lab, done: LabProgress) -> str:
    tried = [d for d in done.diagnoses if d.component]
    if not tried or lab.diagnosis is None:
        return f"{done.line('broke') or MISSING}"
    last = next((d for d in reversed(tried) if d.right), tried[-1])
    said = next((m.says for m in lab.diagnosis.mechanism if m.id == last.mechanism), "")
    proof = f" What showed it: {last.evidence}." if last.evidence else ""
    return f"In the {last.component}: {said}.{proof}"


def _result(before: RecordedRun, after: RecordedRun) -> str:
    claims = after.verdict.get("claims", ())
    held = sum(claim.get("ok") is True for claim in claims)
    words = f"{before.verdict.get('verdict', '')} became {after.verdict.get('verdict', '')}"
    return f"{words}: {held} of {len(claims)} claims and guards hold under the same outage."


def _size(diff: str) -> str:
    lines = diff.splitlines()
    files = sum(line.startswith("diff --git") for line in lines)
    added = sum(line.startswith("+") and not line.startswith("+++") for line in lines)
    removed = sum(line.startswith("-") and not line.startswith("---") for line in lines)
    return f" ({files} file{'s' if files != 1 else ''}, +{added} -{removed} lines)" if diff else ""
