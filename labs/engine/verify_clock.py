"""Where the time of a run goes, by the stages that the experiment itself announces."""

from __future__ import annotations

import time
from collections.abc import Callable


class StageClock:
    """Seconds per stage; a stage that comes again (a rerun) begins its count anew."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._stage = ""
        self._since = now()
        self._seconds: dict[str, float] = {}

    def stage(self, words: str) -> None:
        """The stage before this one is over."""
        now = self._now()
        if self._stage:
            self._seconds[self._stage] = round(now - self._since, 2)
        self._stage, self._since = words, now

    def ended(self) -> dict[str, float]:
        """Return the seconds of every stage, the last one included."""
        self.stage("")
        return dict(self._seconds)
