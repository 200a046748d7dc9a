"""The proof of an incident: its run shows what was drawn, and of all answers one alone is held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from labs.engine.catalogue import LabFolder
from labs.engine.recorded import RecordedRun
from labs.engine.verdict import Outcome
from labs.loop import oncall
from labs.loop.cited import Cited, find_cited

Answer = tuple[str, str]  # component and mechanism


@dataclass(frozen=True, slots=True)
class Proved:
    """One incident: what it was, what its run showed, which answers were held."""

    drawn: oncall.Incident
    number: int
    verdict: str
    accepted: tuple[Answer, ...]
    tried: int
    expected: Answer
    evidence: str

    @property
    def judged(self) -> bool:
        """Whether the machine let the run say anything."""
        return self.verdict != Outcome.INCONCLUSIVE.value

    @property
    def holds(self) -> bool:
        """Whether the run shows what was drawn, and the right answer alone was held."""
        return oncall.shows(self.drawn, Outcome(self.verdict)) and self.accepted == (self.expected,)


def expected(drawn: oncall.Incident, folder: LabFolder) -> Answer:
    """Return the answer that is right; of nothing there is no component."""
    asked = folder.lab.diagnosis
    if not drawn.broken or asked is None:
        return "", oncall.NOTHING
    return asked.component, next(one.id for one in asked.mechanism if one.right)


def every_answer(known: Sequence[LabFolder], seed: int) -> list[Answer]:
    """Return all that somebody on call may say: each mechanism in each component, and nothing."""
    named = [one for one, _ in oncall.choices(known, seed) if one != oncall.NOTHING]
    places = oncall.components(known)
    return [("", oncall.NOTHING), *((place, one) for one in named for place in places)]


def cited_from(run: RecordedRun) -> Cited | None:
    """Return a piece of evidence that this run really has: its slowest trace."""
    slowest = max(run.traces, key=lambda one: one.took_ms, default=None)
    if slowest is None:
        return None
    return find_cited([run], slowest.trace_id, lambda _run, _text: None)


def proved(
    drawn: oncall.Incident,
    folder: LabFolder,
    known: Sequence[LabFolder],
    run: RecordedRun,
) -> Proved:
    """Give every answer to an incident that ran, with evidence from its run; see what holds."""
    cited, answers = cited_from(run), every_answer(known, drawn.seed)
    held = [one for one in answers if oncall.graded(drawn, folder, *one, cited).right]
    return Proved(
        drawn,
        folder.lab.number,
        str(run.verdict.get("verdict", Outcome.INCONCLUSIVE.value)),
        tuple(held),
        len(answers),
        expected(drawn, folder),
        cited.said if cited else "",
    )
