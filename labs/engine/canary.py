"""An idle process that asks to be woken every 10 ms and notes how late it was: is the machine ours?

`python -m labs.engine.canary` runs until its stdin is closed and then prints one JSON object. It is
a process of its own so that nothing the engine does can delay it.
"""

from __future__ import annotations

import json
import select
import sys
import time
from dataclasses import asdict, dataclass

EVERY_S = 0.01
LATE_S = 0.05


@dataclass(slots=True)
class Canary:
    """What the canary noticed so far; pure, so that a test can play the clock."""

    ran_s: float = 0.0
    worst_s: float = 0.0
    late_s: float = 0.0
    suspended_s: float = 0.0

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

    def report(self) -> dict[str, float]:
        """Return the figures that `outside.py` judges."""
        share = self.late_s / self.ran_s if self.ran_s else 0.0
        return {key: round(value, 4) for key, value in asdict(self).items()} | {
            "late_share": round(share, 4)
        }


def _boot_clock() -> float:
    """Return seconds on a clock that goes on while the machine sleeps."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.time()


def main() -> None:
    """Sleep and note until stdin is closed."""
    canary = Canary()
    before, before_boot = time.monotonic(), _boot_clock()
    while True:
        ended, _, _ = select.select([sys.stdin], [], [], EVERY_S)
        now, now_boot = time.monotonic(), _boot_clock()
        if ended:
            break
        canary.woke(now - before, now_boot - before_boot)
        before, before_boot = now, now_boot
    print(json.dumps(canary.report()))


if __name__ == "__main__":
    main()
