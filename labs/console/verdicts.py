"""What the last judged run of a lab said, read from its folder."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

from labs.engine.catalogue import LabFolder
from labs.engine.checklist import summed
from labs.engine.evidence import read_evidence
from labs.engine.felt import felt
from labs.engine.progress import Attempt
from labs.engine.results import Result
from labs.engine.runs import read_verdict
from labs.engine.session import Session, this_round
from labs.engine.verdict import Outcome, Verdict


@dataclass(frozen=True)
class Last:
    """The last attempt of this round, and its verdict where the run is still there."""

    attempt: Attempt
    verdict: Verdict | None
    felt: str

    @property
    def is_break(self) -> bool:
        """Whether it was only watched."""
        return self.attempt.kind == "break"

    @property
    def says(self) -> str:
        """The whole of it in one line."""
        if self.is_break:
            held = " With the code as it is now, everything held."
            return self.felt + (held if self.attempt.verdict == "PASS" else "")
        return summed(self.verdict) if self.verdict is not None else self.attempt.verdict


def last_of(session: Session, folder: LabFolder) -> Last | None:
    """Return the last attempt since the lab was started; blocking."""
    attempts = this_round(session.progress.lab(folder.lab.slug))
    return _read(session, folder, attempts[-1]) if attempts else None


def last_check(session: Session, folder: LabFolder) -> Last | None:
    """Return the last attempt that judged the learner's code; blocking."""
    attempts = this_round(session.progress.lab(folder.lab.slug))
    checks = [attempt for attempt in attempts if attempt.kind != "break"]
    return _read(session, folder, checks[-1]) if checks else None


def _read(session: Session, folder: LabFolder, attempt: Attempt) -> Last:
    run = session.home.runs / attempt.run
    told = ""
    if attempt.kind == "break" and (run / "requests.jsonl").exists():
        told = _felt(folder, run)
    return Last(attempt, _verdict(read_verdict(run)), told)


@lru_cache(maxsize=8)
def _felt(folder: LabFolder, run: Path) -> str:
    return felt(read_evidence(folder.lab, run).requests)


def _verdict(read: dict[str, Any]) -> Verdict | None:
    known = {field.name for field in fields(Verdict)}
    if not known <= read.keys():
        return None
    given = {name: read[name] for name in known - {"claims", "verdict"}}
    claims = tuple(Result(**claim) for claim in read["claims"])
    return Verdict(verdict=Outcome(read["verdict"]), claims=claims, **given)
