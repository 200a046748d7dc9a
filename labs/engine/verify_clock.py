"""Where the time of a run goes, and whose turn it is when two stacks share one machine.

The stages are those that the experiment itself announces. A second stack is made ready while the
first one runs, out of its way (`aside.py`); but two timelines never overlap, so no run is judged
beside the load of another.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from labs.engine.aside import Aside

STEADY, GATHERING = "steady state", "gathering the evidence"
ON_STAGE = (STEADY, "running", GATHERING)  # the guards are asked at the end: no other load then
WAITING = "waiting for the other stack"


class StageClock:
    """Seconds per stage; a stage that comes again (a rerun) begins its count anew."""

    def __init__(
        self,
        turn: threading.Lock | None = None,
        now: Callable[[], float] = time.monotonic,
        aside: Aside | None = None,
    ) -> None:
        self._turn = turn or threading.Lock()
        self._aside = aside
        self._ours = False
        self._now = now
        self._stage = ""
        self._since = now()
        self._seconds: dict[str, float] = {}

    def stage(self, words: str) -> None:
        """The stage before this one is over; from the steady state to the end, the turn is ours."""
        if words == STEADY and not self._ours:
            self._next(WAITING)
            self._turn.acquire()
            self._ours = True
            if self._aside:
                self._aside.come_forward()
        elif words not in ON_STAGE:
            self.give_way()  # a rerun gets ready
            if self._aside:
                self._aside.step_aside()  # and what was started meanwhile
        self._next(words)

    def give_way(self) -> None:
        """Let the other stack run; also when a run ended before its time."""
        if self._ours:
            self._ours = False
            if self._aside:
                self._aside.step_aside()
            self._turn.release()

    def ended(self) -> dict[str, float]:
        """Return the seconds of every stage, the last one included."""
        self.give_way()
        self._next("")
        return dict(self._seconds)

    def _next(self, words: str) -> None:
        now = self._now()
        if self._stage:
            self._seconds[self._stage] = round(now - self._since, 2)
        self._stage, self._since = words, now


def run_seconds(split_s: dict[str, float]) -> float:
    """Return what a run took by itself: waiting for the other stack is not part of it."""
    return round(sum(took_s for stage, took_s in split_s.items() if stage != WAITING), 2)
