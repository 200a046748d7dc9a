"""The verdict on a run that never came to its load: whose doing that was decides it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs.engine.results import Result
from labs.engine.verdict import Outcome, Verdict

Head = Mapping[str, Any]  # lab, variant, code, started_at, seconds


def does_not_start(head: Head, said: str, log_tail: str) -> Verdict:
    """Return FAIL: a service that does not start is the learner's."""
    return _failed(head, "starts", "the services start", said, log_tail)


def does_not_work(head: Head, said: str) -> Verdict:
    """Return FAIL: what does not work before any load is the learner's."""
    return _failed(head, "steady", "the service works before any load", said)


def without_load(head: Head, said: str) -> Verdict:
    """An account that cannot log in is the learner's; anything else is the generator's."""
    if "an account" in said:
        return does_not_work(head, said)
    why = f"This is not your code: the load generator did not run ({said})"
    return Verdict(verdict=Outcome.INCONCLUSIVE, claims=(), why=why, **head)


def _failed(head: Head, claim: str, says: str, felt: str, log_tail: str = "") -> Verdict:
    told = f"{felt}\n{log_tail}".strip() if log_tail else felt
    result = Result(claim, says, None, "yes", "", ok=False, felt=told)
    return Verdict(verdict=Outcome.FAIL, claims=(result,), why=felt, **head)
