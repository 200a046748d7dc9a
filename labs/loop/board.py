"""The score board: a row per lab, and one line on how well somebody predicts."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from labs.engine.catalogue import LabFolder
from labs.engine.progress import LabProgress, Progress
from labs.loop import scores
from labs.loop.standing import said, standing


def row(folder: LabFolder, done: LabProgress) -> dict[str, Any]:
    """Return what is known about one lab."""
    now = standing(done)
    tried = [one for one in done.diagnoses if one.component]
    factors = [found.factor for g in done.guesses.values() if (found := scores.score(g))]
    seen = next((a.at for a in done.attempts if a.kind == "break"), None)
    solved = done.solved_at
    minutes = (solved - seen) / 60 if seen and solved and solved >= seen else None
    return {
        "number": folder.lab.number,
        "title": folder.lab.title,
        "state": now.word,
        "hints": now.hints,
        "due_at": now.due_at or None,
        "checks": len(done.checks),
        "fails": done.fails,
        "diagnosed": any(one.right for one in tried) if tried else None,
        "diagnoses": len(tried),
        "prediction_factors": [round(factor, 2) for factor in factors],
        "minutes_to_mitigate": round(minutes, 1) if minutes is not None else None,
        "debriefed": done.debriefed_at is not None,
    }


def listed(folder: LabFolder, progress: Progress, *, spoil: bool = False) -> dict[str, Any]:
    """Return what may be shown of a lab in a list: its names only once it is solved."""
    lab, done = folder.lab, progress.lab(folder.lab.slug)
    told = spoil or done.solved_at is not None
    now = standing(done)
    state = said(now, time.strftime("%Y-%m-%d", time.localtime(now.due_at)))
    state += ", in hand" if progress.in_hand == lab.slug else ""
    return {
        "number": lab.number,
        "title": lab.title,
        "level": lab.level,
        "minutes": lab.minutes,
        "state": state,
        "slug": lab.slug if told else None,
        "module": lab.module if told else None,
    }


def rows(labs: Sequence[LabFolder], progress: Progress) -> list[dict[str, Any]]:
    """Return the whole board."""
    return [row(folder, progress.lab(folder.lab.slug)) for folder in labs]


def told(row: Mapping[str, Any]) -> str:
    """Return a row in words."""
    words = [str(row["state"])]
    if row["due_at"]:
        day = time.strftime("%Y-%m-%d", time.localtime(row["due_at"]))
        words.append(f"due again {day}")
    words += [f"{_many(row['checks'], 'check')}, {row['fails']} failed"] if row["checks"] else []
    words += [_many(row["hints"], "hint")] if row["hints"] else []
    if row["diagnosed"] is not None:
        times = f"try {row['diagnoses']}"
        words.append(f"diagnosis right ({times})" if row["diagnosed"] else "diagnosis not right")
    if row["minutes_to_mitigate"] is not None:
        words.append(f"{row['minutes_to_mitigate']:g} min from outage to repair")
    return ", ".join(words)


def calibration(progress: Progress) -> str:
    """Return how well this person predicts, over all labs."""
    return scores.calibration(g for lab in progress.labs.values() for g in lab.guesses.values())


def count(board: Sequence[dict[str, Any]]) -> str:
    """Return the sum of the board in one line."""
    solved = sum(one["state"] == "solved" for one in board)
    studied = sum(one["state"] == "studied" for one in board)
    right = sum(one["diagnosed"] is True for one in board)
    return f"{solved} of {len(board)} solved, {studied} studied; {right} diagnosed right."


def on_call(progress: Progress) -> str:
    """Return how the incidents on call went, in one line; nothing where there was none."""
    ended = [call for call in progress.oncall if call.ended_at]
    held = sum(call.right for call in ended)
    return f"On call: {held} of {len(ended)} diagnoses held." if ended else ""


def _many(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
