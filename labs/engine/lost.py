"""The verdict on a run that never came to its load: whose doing that was decides it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs.engine.results import Result
from labs.engine.verdict import Outcome, Verdict

NOT_IN_TIME = "was not ready within"  # as stack.process says it; one that exits says so instead
Head = Mapping[str, Any]  # lab, variant, code, started_at, seconds


def does_not_start(head: Head, said: str, log_tail: str, busy: str = "") -> Verdict:
    """Return FAIL: a service that does not start is the learner's.

    One that was merely not ready in time says nothing where others had the processors (`busy`).
    """
    if busy and NOT_IN_TIME in said:
        return _inconclusive(head, busy, said)
    return _failed(head, "starts", "the services start", said, log_tail)


def does_not_work(head: Head, said: str, busy: str = "") -> Verdict:
    """Return FAIL: what does not work before any load is the learner's, on a machine of its own."""
    if busy:
        return _inconclusive(head, busy, said)
    told = f"{said}. What it said meanwhile: ./lab logs shortener-a"
    return _failed(head, "steady", "the service works before any load", told)


def without_load(head: Head, said: str, busy: str = "") -> Verdict:
    """An account that cannot log in is the learner's; anything else is the generator's."""
    if "an account" in said:
        return does_not_work(head, said, busy)
    return _inconclusive(head, f"the load generator did not run ({said})")


def _inconclusive(head: Head, cause: str, said: str = "") -> Verdict:
    why = f"This is not your code: {cause}" + (f" So this says nothing: {said}" if said else "")
    return Verdict(verdict=Outcome.INCONCLUSIVE, claims=(), why=why, **head)


def _failed(head: Head, claim: str, says: str, felt: str, log_tail: str = "") -> Verdict:
    told = f"{felt}\n{log_tail}".strip() if log_tail else felt
    result = Result(claim, says, None, "yes", "", ok=False, felt=told)
    return Verdict(verdict=Outcome.FAIL, claims=(result,), why=felt, **head)
