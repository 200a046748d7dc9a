"""On call: a fault nobody names, or none at all, drawn by a seed; only the diagnosis is graded.

What is drawn depends on the seed and on the labs that are known, so a seed replays: the same bug,
the same share of the traffic. One incident in five is a false alarm.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from labs.engine.catalogue import LabFolder, all_labs
from labs.engine.model import Lab
from labs.engine.progress import OnCall, Progress
from labs.engine.verdict import Outcome
from labs.loop.cited import Cited
from labs.loop.diagnosis import Judged, judge
from labs.loop.standing import standing
from stack.home import Home
from stack.trouble import Trouble

OPENS_AFTER = 4
LIMIT_S = 15 * 60.0
FALSE_ALARM = 0.2
NOTHING = "nothing"
UNNAMED = 99  # the number that an incident's run has in place of its lab's
_TRAFFIC = (0.8, 1.0)  # of the lab's own, so that no figure is known by heart


@dataclass(frozen=True, slots=True)
class Incident:
    """What was drawn: the lab, whether its bug is in, and how much of its traffic comes."""

    seed: int
    slug: str
    broken: bool
    traffic: float

    @property
    def variant(self) -> str:
        """The tree of services that runs."""
        return "bug" if self.broken else "reference"


class UnnamedFolder(LabFolder):
    """A lab without its number, title and name, and with other traffic."""

    def __init__(self, folder: LabFolder, traffic: float) -> None:
        super().__init__(folder.path)
        self._of = folder
        self._traffic = traffic

    @cached_property
    def lab(self) -> Lab:
        """The lab as the run's files may show it."""
        own = self._of.lab
        load = tuple(
            phase.model_copy(update={"shape": _scaled(phase.shape, self._traffic)})
            for phase in own.load
        )
        # Less traffic leaves fewer samples: asked for as many, code that is right would fail.
        claims = tuple(
            claim.model_copy(update={"min_samples": int(claim.min_samples * self._traffic)})
            for claim in own.claim
        )
        names = {"number": UNNAMED, "slug": "on-call", "title": "Something, or nothing"}
        return own.model_copy(update=names | {"load": load, "claim": claims})


def eligible(labs: Sequence[LabFolder], progress: Progress) -> list[LabFolder]:
    """Return the labs whose bug somebody has studied or solved."""
    known = ("solved", "studied")
    return [
        folder
        for folder in labs
        if folder.lab.diagnosis and standing(progress.lab(folder.lab.slug)).word in known
    ]


def still_closed(known: Sequence[LabFolder]) -> Trouble | None:
    """Return why nobody is paged yet; nothing where enough labs are known."""
    if len(known) >= OPENS_AFTER:
        return None
    return Trouble(f"On-call opens after {OPENS_AFTER} labs; you have {len(known)}.", "./lab next")


def open_call(progress: Progress) -> OnCall | None:
    """Return the newest incident that was not answered yet."""
    return next((call for call in reversed(progress.oncall) if not call.ended_at), None)


def of_then(known: Sequence[LabFolder], call: OnCall) -> list[LabFolder]:
    """Return the labs that an incident was drawn from: its seed replays over those.

    A team may have named labs that this person does not know.
    """
    return [folder for folder in all_labs() if folder.lab.slug in call.known] or list(known)


def project(home: Home) -> Path:
    """Return where the code of an incident is laid out."""
    return home.path / "oncall" / "project"


def named(labs: Sequence[LabFolder], words: str) -> list[LabFolder]:
    """Return the labs somebody named by number or slug: a team draws from the same ones."""
    wanted = [word.strip().lower() for word in words.split(",") if word.strip()]
    called = {key: one for one in labs for key in (f"{one.lab.number:02}", one.lab.slug)}
    found = {word: called.get(word.zfill(2), called.get(word)) for word in wanted}
    unknown = [word for word, folder in found.items() if folder is None]
    if unknown:
        raise Trouble(f"There is no lab {unknown[0]}.", "./lab list")
    chosen = {folder.lab.slug for folder in found.values() if folder is not None}
    return [folder for folder in labs if folder.lab.slug in chosen and folder.lab.diagnosis]


def shows(drawn: Incident, outcome: Outcome) -> bool:
    """Whether a run shows what was drawn; one that does not cannot be answered fairly."""
    return outcome is (Outcome.FAIL if drawn.broken else Outcome.PASS)


def incident(known: Sequence[LabFolder], seed: int) -> Incident:
    """Draw an incident."""
    dice = random.Random(seed)  # noqa: S311 - replayable on purpose
    folder = dice.choice(sorted(known, key=lambda one: one.lab.number))
    broken = dice.random() >= FALSE_ALARM
    return Incident(seed, folder.lab.slug, broken, round(dice.uniform(*_TRAFFIC), 2))


def choices(known: Sequence[LabFolder], seed: int) -> list[tuple[str, str]]:
    """Return every mechanism of the known labs as id and sentence, near misses too, and nothing."""
    found = {
        one.id: one.says
        for folder in known
        if folder.lab.diagnosis
        for one in folder.lab.diagnosis.mechanism
    }
    listed = sorted(found.items())
    random.Random(seed).shuffle(listed)  # noqa: S311 - an order, no secret
    return [*listed, (NOTHING, "nothing is wrong")]


def components(known: Sequence[LabFolder]) -> list[str]:
    """Return every component that could be named."""
    named = {name for f in known if f.lab.diagnosis for name in f.lab.diagnosis.components}
    return sorted(named)


def graded(
    drawn: Incident, folder: LabFolder, component: str, mechanism: str, cited: Cited | None
) -> Judged:
    """Hold an answer against what was drawn; no evidence is needed that nothing is wrong."""
    asked = folder.lab.diagnosis
    if mechanism == NOTHING or not drawn.broken or asked is None:
        right = (mechanism == NOTHING) is not drawn.broken
        said = "nothing was wrong" if not drawn.broken else "something was wrong"
        return Judged(right, right, right, (f"{'yes' if right else 'no'}: {said}.",))
    if all(one.id != mechanism for one in asked.mechanism):
        # What another lab says of this cause was written about that lab's run: it is not quoted.
        said = "no: that is not what was wrong in this run."
        return Judged(component == asked.component, False, cited is not None, (said,))
    return judge(asked, component, mechanism, cited)


def _scaled(shape: Mapping[str, Any], traffic: float) -> dict[str, Any]:
    return dict(shape) | {
        key: max(1, round(value * traffic)) for key, value in shape.items() if key.endswith("rps")
    }
