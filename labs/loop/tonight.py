"""What to do tonight: a table of what there could be, the first that applies is the one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from labs.engine.catalogue import LabFolder
from labs.engine.progress import LabProgress, Progress
from labs.loop.cards import SECONDS_EACH, box
from labs.loop.oncall import OPENS_AFTER, eligible
from labs.loop.standing import standing

ON_CALL_EVERY_S = 4 * 86400.0
DESIGN_EVERY_S = 10 * 86400.0
DESIGN_AFTER = 4  # labs; before that there is little of one's own to say


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to do, how long it takes, and the command that begins it."""

    kind: str  # cards, lab, debrief, again, on-call, design
    what: str
    minutes: int
    command: str


def tonight(labs: Sequence[LabFolder], progress: Progress, now_s: float) -> list[Item]:
    """Return what is worth an evening: cards that are due, then one thing that is a lab's."""
    due = [one for one in box(labs, progress) if one.is_due(now_s)]
    minutes = -(-len(due) * SECONDS_EACH // 60)
    cards = f"{len(due)} card{'s' if len(due) != 1 else ''} that you have not said for a while"
    first = [Item("cards", cards, minutes, "./lab drill")] if due else []
    of_labs = list(_of_labs(labs, progress, now_s))[:1]
    return [*first, *of_labs, *_on_call(labs, progress, now_s), *_design(labs, progress, now_s)]


def _on_call(labs: Sequence[LabFolder], progress: Progress, now_s: float) -> list[Item]:
    last = max((call.began_at for call in progress.oncall), default=0.0)
    if len(eligible(labs, progress)) < OPENS_AFTER or now_s - last < ON_CALL_EVERY_S:
        return []
    return [Item("on-call", "an incident that nobody names", 15, "./lab oncall")]


def _design(labs: Sequence[LabFolder], progress: Progress, now_s: float) -> list[Item]:
    last = progress.design[-1] if progress.design else None
    if last is not None and not last.ended_at:
        return [Item("design", "go on with the design round", 45, "./lab design")]
    recent = last is not None and now_s - last.began_at < DESIGN_EVERY_S
    if recent or len(eligible(labs, progress)) < DESIGN_AFTER:
        return []
    return [Item("design", "a design round: a URL shortener", 45, "./lab design")]


def _of_labs(labs: Sequence[LabFolder], progress: Progress, now_s: float) -> Iterator[Item]:
    for applies, made in STEPS:
        for folder in labs:
            done = progress.lab(folder.lab.slug)
            if applies(Evening(done, folder.lab.slug == progress.in_hand, now_s)):
                yield made(folder)


def _unfinished(done: LabProgress) -> bool:
    """Whether the round in hand has no PASS yet."""
    began = done.started_at or 0.0
    return not any(a.verdict == "PASS" and a.at >= began for a in done.checks)


def _item(kind: str, folder: LabFolder, how: str, command: str) -> Item:
    what = f"{how} lab {folder.lab.number:02}, {folder.lab.title}".strip()
    return Item(kind, what, folder.lab.minutes, command)


def _start(folder: LabFolder) -> str:
    return f"./lab start {folder.lab.number:02}"


def _again(folder: LabFolder) -> Item:
    return _item("again", folder, "again, now without the repair:", _start(folder))


def _debrief(folder: LabFolder) -> Item:
    number = f"{folder.lab.number:02}"
    return Item("debrief", f"the debrief of lab {number}", 10, f"./lab debrief {number}")


@dataclass(frozen=True, slots=True)
class Evening:
    """One lab, as it stands tonight."""

    done: LabProgress
    in_hand: bool
    now_s: float

    @property
    def word(self) -> str:
        """How far it is."""
        return standing(self.done).word


Row = tuple[Callable[[Evening], bool], Callable[[LabFolder], Item]]
STEPS: tuple[Row, ...] = (
    (
        lambda e: e.in_hand and _unfinished(e.done),
        lambda f: _item("lab", f, "go on with", "./lab"),
    ),
    (lambda e: e.done.solved_at is not None and e.done.debriefed_at is None, _debrief),
    (lambda e: standing(e.done).is_due(e.now_s), _again),
    (lambda e: e.word in ("not begun", "begun"), lambda f: _item("lab", f, "", _start(f))),
    (lambda e: e.word == "skipped", lambda f: _item("lab", f, "skipped once:", _start(f))),
)
