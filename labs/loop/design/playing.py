"""Plays a design round: which step is on, what was said, how much of the clock is left.

Nothing here waits or asks; the round is a record in the progress file, so that a terminal that
dies in the middle of it loses nothing and the clock goes on from where it stopped.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from labs.engine.design_round import DesignRound
from labs.loop.design.contents import Content, Step
from stack.trouble import Trouble


def open_round(rounds: Sequence[DesignRound], content: Content) -> DesignRound | None:
    """Return the newest round that has not ended."""
    return next((r for r in reversed(rounds) if r.round == content.slug and not r.ended_at), None)


def last_round(rounds: Sequence[DesignRound], content: Content) -> DesignRound | None:
    """Return the newest round, ended or not."""
    return next((r for r in reversed(rounds) if r.round == content.slug), None)


def begun(rounds: list[DesignRound], content: Content, now_s: float) -> DesignRound:
    """Return the open round; one is begun where there is none."""
    found = open_round(rounds, content)
    if found is None:
        found = DesignRound(round=content.slug, began_at=now_s)
        rounds.append(found)
    return found


def step_on(played: DesignRound, content: Content) -> Step | None:
    """Return the step that is on; none once the points are shown."""
    return content.step[played.at_step] if played.at_step < len(content.step) else None


def say(played: DesignRound, step: Step, text: str, seconds: float = 0.0) -> None:
    """Keep a line (an empty one only takes time)."""
    if text.strip():
        played.lines.setdefault(step.id, []).append(text.strip())
    played.spent_s[step.id] = played.spent_s.get(step.id, 0.0) + max(0.0, seconds)


def go_on(played: DesignRound, content: Content) -> None:
    """Begin the next step."""
    played.at_step = min(played.at_step + 1, len(content.step))


def tick(played: DesignRound, step: Step, said: Iterable[int]) -> None:
    """Note which points were said."""
    numbers = sorted(set(said))
    wrong = [number for number in numbers if not 1 <= number <= len(step.point)]
    if wrong:
        said_so = f"{wrong[0]} is no point of {step.id}; there are 1 to {len(step.point)}."
        raise Trouble(said_so, "./lab design --json")
    played.ticked[step.id] = numbers


def end(played: DesignRound, content: Content, now_s: float) -> None:
    """Stop the clock for good."""
    played.at_step = len(content.step)
    played.ended_at = played.ended_at or now_s


def left_s(played: DesignRound, content: Content) -> float:
    """Seconds until the round would be over; negative beyond it."""
    return content.minutes * 60 - played.spent


def step_left_s(played: DesignRound, step: Step) -> float:
    """Seconds until this step would be over; negative beyond it."""
    return step.minutes * 60 - played.spent_s.get(step.id, 0.0)


def clock(seconds: float) -> str:
    """Return seconds as minutes:seconds, with a sign when the time is over."""
    whole = round(abs(seconds))
    return f"{'-' if seconds < -0.5 else ''}{whole // 60}:{whole % 60:02}"
