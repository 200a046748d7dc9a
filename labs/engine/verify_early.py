"""Ends the run of a wrong repair once it is rejected, on evidence that the whole run would repeat.

Only for wrong repairs, and only on the claim that they are meant to fail on. It is decided when a
bound that can only get worse is broken, or when the phase that the claim looks at is over *and
every arrival of it has its line in the ledger*: an answer that is still on its way could change a
share. A run in which the load came late, or a fault that is due was not on, goes on to its end and
is judged there like any other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from labs.engine.early import SETTLED_S, decide
from labs.engine.evidence import Evidence, read_evidence, read_lines
from labs.engine.measures import Table
from labs.engine.model import Claim, Lab
from labs.engine.outside import SENT_LATE_P99_MS, canary, crowd, late, others
from labs.engine.plan import plan_of
from labs.engine.results import Result
from labs.engine.verdict import Outcome, Verdict, outcome, why
from loadtests.plan import arrivals_of
from loadtests.plan import plan_of as read_plan

LOOK_EVERY_S = 0.5
WORTH_S = 0.5  # nearer to its end than this, a run is not worth ending early


class Rejection:
    """Watches one claim of one run."""

    def __init__(self, lab: Lab, measures: Table, claim: Claim) -> None:
        self._lab = lab
        self._measures = measures
        self._claim = claim
        self._arrivals = arrivals_per_phase(lab)
        self._next_s = self._first_look_s()
        self._run = Path()
        self.result: Result | None = None

    @classmethod
    def of(cls, lab: Lab, measures: Table, variant: str) -> Rejection | None:
        """Return the watch of a variant; None where every run goes to its end."""
        kind, _, name = variant.partition("/")
        if kind != "wrong":
            return None
        for claim in lab.claim:
            if claim.id == lab.wrong[name].fails_on:
                return cls(lab, measures, claim)
        return None  # a guard: decided at the end

    def tick(self, run: Path, now_s: float) -> bool:
        """Look now and then; True when the run is rejected and may end."""
        if now_s < self._next_s or now_s > self._lab.length_s - WORTH_S:
            return False
        self._next_s = now_s + LOOK_EVERY_S
        self._run = run
        evidence = read_evidence(self._lab, run)
        result = decide(self._claim, evidence, self._measures, now_s)
        if result is None or result.ok is not False or not self._sound(evidence, now_s):
            return False
        self.result = result
        return True

    def verdict(self) -> Verdict:
        """Return what a run says that was ended because it was rejected."""
        assert self.result is not None
        evidence = read_evidence(self._lab, self._run)
        busy = [*others(evidence), *canary(evidence), *crowd(evidence), *late(evidence)]
        claims = (self.result,)
        decided, because = outcome(claims, busy), why(claims, busy)
        return Verdict(self._lab.slug, "", decided, claims, because, "", "", 0.0)

    def spoilt(self) -> bool:
        """Whether something outside took the machine, so that the run has to be made again."""
        return self.verdict().verdict is Outcome.INCONCLUSIVE

    @property
    def run(self) -> Path:
        """The folder of the run that was ended."""
        return self._run

    def _first_look_s(self) -> float:
        """Before this second nothing can be decided, and looking costs processor time."""
        phase = self._claim.of.get("phase")
        first = min(p.start_s for p in self._lab.load if phase in {None, p.name})
        if self._measures[self._claim.measure].only_grows:
            return first + LOOK_EVERY_S
        if phase is None:
            return self._lab.length_s  # never: only the end decides
        ends = next(p.start_s + p.duration_s for p in self._lab.load if p.name == phase)
        return ends + SETTLED_S

    def _sound(self, evidence: Evidence, now_s: float) -> bool:
        return (
            _on_time(evidence)
            and _faults_on(evidence, now_s)
            and self._answered(evidence.folder, now_s)
        )

    def _answered(self, run: Path, now_s: float) -> bool:
        """Whether nothing of the claim's phase is still open, where an answer could change it."""
        phase = self._claim.of.get("phase")
        if phase is None or now_s <= self._phase_ends_s(phase):
            return True  # decided by a bound that can only get worse
        lines = lines_per_arrival(run, phase)
        return len(lines) >= self._arrivals[phase] and len(set(lines.values())) == 1

    def _phase_ends_s(self, name: str) -> float:
        return next(p.start_s + p.duration_s for p in self._lab.load if p.name == name)


def arrivals_per_phase(lab: Lab) -> Mapping[str, int]:
    """Return how many users each phase lets arrive."""
    plan = read_plan(plan_of(lab, lambda _name: "http://127.0.0.1:1"))
    return Counter(arrival.phase.name for arrival in arrivals_of(plan))


def lines_per_arrival(run: Path, phase: str) -> Mapping[int, int]:
    """Return how many lines each user of a phase has: who is under way has fewer than the rest."""
    lines = read_lines(run / "requests.jsonl")
    return Counter(line["n"] for line in lines if line.get("phase") == phase)


def _on_time(evidence: Evidence) -> bool:
    late_s = sorted(request.sent_s - request.planned_s for request in evidence.requests)
    return not late_s or late_s[int(len(late_s) * 0.99)] * 1000 <= SENT_LATE_P99_MS


def _faults_on(evidence: Evidence, now_s: float) -> bool:
    """Whether every fault that was due is on, and its probe, where there is one yet, says so."""
    for fault in evidence.lab.fault:
        if fault.at_s + SETTLED_S > now_s:
            continue
        probes = evidence.named("probe", fault.name)
        if not evidence.named("fault_on", fault.name) or not all(p.data.get("on") for p in probes):
            return False
    return True
