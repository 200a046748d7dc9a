"""Exports of several people as one table: what each predicted, how soon they knew, what held.

Nobody's file is changed and nothing is sent anywhere; a person is called what their file is called.
Of a lab, only the round since its last `start` counts: the session, not an evening long ago.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from labs.engine.catalogue import LabFolder
from labs.engine.progress import Guess, LabProgress, OnCall, Progress
from labs.engine.results import spoken
from labs.engine.session import this_round
from labs.loop.scores import score

COLUMNS = ("who", "predicted", "diagnosis", "verdict", "hints")
NONE = "-"


@dataclass(frozen=True, slots=True)
class Row:
    """One person at one lab, or at one incident on call."""

    what: str
    who: str
    predicted: tuple[str, ...] = ()
    diagnosed: bool | None = None  # None: nothing was named
    minutes: float | None = None  # from the outage, or from being paged, to the right diagnosis
    verdict: str = ""
    checks: int = 0
    hints: int | None = None

    @property
    def cells(self) -> tuple[str, ...]:
        """The row as it is shown, below what it is about."""
        times = "1 check" if self.checks == 1 else f"{self.checks} checks"
        return (
            self.who,
            "; ".join(self.predicted) or NONE,
            self._diagnosis(),
            f"{self.verdict}, {times}" if self.checks else self.verdict or NONE,
            NONE if self.hints is None else str(self.hints),
        )

    def _diagnosis(self) -> str:
        if self.diagnosed is None:
            return NONE
        if not self.diagnosed:
            return "not right"
        return "right" if self.minutes is None else f"right, {self.minutes:.1f} min"


def names(files: Sequence[Path]) -> dict[Path, str]:
    """Return what each person is called: the file's name, with its folder where two are alike."""
    distinct = dict.fromkeys(files)
    stems = [file.stem for file in distinct]
    return {
        file: file.stem if stems.count(file.stem) == 1 else str(file.with_suffix(""))
        for file in distinct
    }


def rows(
    labs: Sequence[LabFolder], team: Mapping[str, Progress], only: LabFolder | None = None
) -> list[Row]:
    """Return a row for each person and lab that they began, then for each incident on call."""
    chosen = [folder for folder in labs if only is None or folder.lab.slug == only.lab.slug]
    found = [
        _at_lab(folder, who, whole.labs[folder.lab.slug])
        for folder in chosen
        for who, whole in team.items()
        if _begun(whole.labs.get(folder.lab.slug))
    ]
    calls = [(call.seed, who, call) for who, whole in team.items() for call in whole.oncall]
    # A sort keeps the order of what is alike: two tries of one person stay in the order of trying.
    return [*found, *(_on_call(who, call) for _, who, call in sorted(calls, key=lambda c: c[:2]))]


def _begun(done: LabProgress | None) -> bool:
    return done is not None and bool(done.attempts or done.guesses or done.diagnoses)


def _at_lab(folder: LabFolder, who: str, done: LabProgress) -> Row:
    attempts = this_round(done)
    checks = [attempt for attempt in attempts if attempt.kind != "break"]
    tried = [one for one in done.diagnoses if one.component and one.at >= (done.started_at or 0.0)]
    right = next((one.at for one in tried if one.right), None)
    seen = next((one.at for one in attempts if one.kind == "break"), None)
    known = right is not None and seen is not None and right >= seen
    return Row(
        f"lab {folder.lab.number:02}",
        who,
        tuple(_predicted(_asked_of(folder, done))),
        right is not None if tried else None,
        (right - seen) / 60 if known and right and seen else None,
        checks[-1].verdict if checks else "",
        len(checks),
        len(done.hints),
    )


def _asked_of(folder: LabFolder, done: LabProgress) -> Iterable[Guess]:
    return [done.guesses[p.id] for p in folder.lab.prediction if p.id in done.guesses]


def _predicted(guesses: Iterable[Guess]) -> Iterable[str]:
    """Yield each guess beside what came of it: `60, was 87 (1.5x)`."""
    for guess in guesses:
        if guess.best is None:
            continue
        found = score(guess)
        if found is None or guess.measured is None:
            yield f"{spoken(guess.best)}, not measured"
        else:
            yield f"{spoken(guess.best)}, was {spoken(guess.measured)} ({found.factor:.1f}x)"


def _on_call(who: str, call: OnCall) -> Row:
    what = f"on call, seed {call.seed}"
    if call.ended_at is None:
        return Row(what, who, verdict="not answered")
    minutes = (call.ended_at - call.began_at) / 60
    return Row(what, who, diagnosed=call.right, minutes=minutes)
