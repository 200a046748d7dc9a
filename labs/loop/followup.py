"""A question with a number for an answer, made of the learner's own run with one figure changed.

Only numbers are graded by a machine; what was said aloud is ticked by whoever said it.
"""

from __future__ import annotations

from dataclasses import dataclass

from labs.engine.recorded import RecordedRun
from labs.engine.results import spoken
from labs.loop.impact import BUDGET_MIN, impact
from labs.report import series

CLOSE = 0.1  # a tenth off is right: nobody carries a calculator into an interview
TIMES = (2, 5, 10, 3)
TRANSFER = "And where in a chat app would the same happen?"


@dataclass(frozen=True, slots=True)
class Followup:
    """What is asked, the answer, and how one comes to it."""

    asks: str
    answer: float
    unit: str
    because: str

    def holds(self, given: float) -> bool:
        """Whether a number is close enough."""
        return abs(given - self.answer) <= CLOSE * abs(self.answer)

    def graded(self, given: float) -> str:
        """Return what to say to a number."""
        word = "yes" if self.holds(given) else "not quite"
        return f"{word}: {spoken(self.answer)} {self.unit}, {self.because}"


def followup(run: RecordedRun, step: int) -> Followup | None:
    """Return the question of this step; the next time it is another one."""
    times = TIMES[step % len(TIMES)]
    if impact(run).failed and step % 2:
        return _budget(run, times)
    return _open_at_once(run, times)


def _open_at_once(run: RecordedRun, times: int) -> Followup | None:
    dots = [dot for dot in series.dots(run) if dot.took_ms > 0]
    if not dots or not run.length_s:
        return None
    rate = round(len(dots) / run.length_s)
    wait_ms = round(sum(dot.took_ms for dot in dots) / len(dots))
    if not rate or not wait_ms:
        return None
    asks = (
        f"In your outage {rate} requests a second came and each was open for {wait_ms} ms on "
        f"average. With {times} times the requests and the same waiting: how many are open at once?"
    )
    because = f"by Little's law {rate} x {times} x {wait_ms / 1000:g} s"
    return Followup(asks, rate * times * wait_ms / 1000, "requests", because)


def _budget(run: RecordedRun, times: int) -> Followup:
    one = impact(run)
    asks = (
        f"In your outage {one.failed} of {one.requests} requests failed. If it lasted {times} "
        f"hours: how many minutes of the {BUDGET_MIN:.1f} of 99.9 % would be gone?"
    )
    because = f"{times} x 60 min x {one.failed}/{one.requests}"
    return Followup(asks, times * one.minutes_per_hour, "minutes", because)
