"""How far a learner is with one lab, and when it is due again."""

from __future__ import annotations

from dataclasses import dataclass

from labs.engine.progress import DUE_AGAIN_S, LabProgress


@dataclass(frozen=True, slots=True)
class Standing:
    """One word, how many hints it took, and the moment it is due again (0: it is not)."""

    word: str  # not begun, begun, skipped, studied, solved
    hints: int = 0
    due_at: float = 0.0

    def is_due(self, now_s: float) -> bool:
        """Whether it should be done again now."""
        return 0 < self.due_at <= now_s


def standing(lab: LabProgress) -> Standing:
    """Who read the repair has studied the lab; a PASS three days later solves it."""
    hints = len(lab.hints)
    if lab.studied_at is not None and lab.resolved_at is None:
        return Standing("studied", hints, lab.studied_at + DUE_AGAIN_S)
    if lab.solved_at is not None:
        return Standing("solved", hints)
    if lab.skipped_at is not None:
        return Standing("skipped", hints)
    return Standing("begun" if lab.started_at else "not begun", hints)


def said(one: Standing, day: str) -> str:
    """Return a standing as it is shown in a list; `day` is when it is due again."""
    hints = f", {one.hints} hint{'s' if one.hints > 1 else ''}" if one.hints else ""
    due = f", due again {day}" if one.due_at else ""
    return one.word + hints + due
