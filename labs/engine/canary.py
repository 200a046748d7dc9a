"""Is the machine ours? A process that sleeps, and works a little, and notes what others cost it.

It asks to be woken every 10 ms and notes how late it was. Ten times a second it computes for 5 ms
of processor time and notes how long that took by the clock: a scheduler wakes a sleeper at once on
a machine that is full, and still lets it share the processor like any request that is served.

`python -m labs.engine.canary` runs until its stdin is closed and then prints one JSON object. It is
a process of its own so that nothing the engine does can delay it.
"""

from __future__ import annotations

import json
import select
import sys
import time
from dataclasses import dataclass, field
from typing import Any

EVERY_S = 0.01
LATE_S = 0.05
WORK_EVERY_S = 0.1
WORK_S = 0.005  # of processor time: what a request costs, more or less


@dataclass(slots=True)
class Canary:
    """What the canary noticed so far; pure, so that a test can play the clock."""

    ran_s: float = 0.0
    worst_s: float = 0.0
    late_s: float = 0.0
    suspended_s: float = 0.0
    work: list[tuple[float, float]] = field(default_factory=list)

    def worked(self, at: float, took_s: float, used_s: float) -> None:
        """Note work that ended at `at` (Unix time), and how many times as long it took."""
        self.work.append((round(at, 3), round(took_s / used_s, 2)))

    def woke(self, slept_s: float, asleep_s: float) -> None:
        """Note one sleep, on a clock that stops with the machine and on one that does not."""
        over_s = max(0.0, slept_s - EVERY_S)
        self.ran_s += slept_s
        self.worst_s = max(self.worst_s, over_s)
        if over_s > LATE_S:
            self.late_s += over_s
        # Two clocks never agree to the microsecond; only a real gap is a closed lid.
        gap_s = asleep_s - slept_s
        if gap_s > 0.5:
            self.suspended_s += gap_s

    def report(self) -> dict[str, Any]:
        """Return the figures that `outside.py` and `crowd.py` judge."""
        share = self.late_s / self.ran_s if self.ran_s else 0.0
        return {
            "ran_s": round(self.ran_s, 4),
            "worst_s": round(self.worst_s, 4),
            "late_s": round(self.late_s, 4),
            "suspended_s": round(self.suspended_s, 4),
            "late_share": round(share, 4),
            "work": self.work,
        }


def work() -> tuple[float, float]:
    """Compute for WORK_S of processor time; return (seconds by the clock, seconds used)."""
    began_s, used_s = time.monotonic(), time.thread_time()
    while (spent_s := time.thread_time() - used_s) < WORK_S:
        pass
    return time.monotonic() - began_s, spent_s


def _boot_clock() -> float:
    """Return seconds on a clock that goes on while the machine sleeps."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.time()


def main() -> None:
    """Sleep and note until stdin is closed."""
    canary = Canary()
    before, before_boot = time.monotonic(), _boot_clock()
    works_s = before
    while True:
        ended, _, _ = select.select([sys.stdin], [], [], EVERY_S)
        now, now_boot = time.monotonic(), _boot_clock()
        if ended:
            break
        canary.woke(now - before, now_boot - before_boot)
        if now >= works_s:
            canary.worked(time.time(), *work())
            works_s = now + WORK_EVERY_S
            now, now_boot = time.monotonic(), _boot_clock()
        before, before_boot = now, now_boot
    print(json.dumps(canary.report()))


if __name__ == "__main__":
    main()
