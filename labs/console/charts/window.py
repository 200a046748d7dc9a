"""The stretch of time that a chart shows, and what PromQL's placeholders mean in it."""

import math
from dataclasses import dataclass
from typing import Self

from labs.engine.recorded import RecordedRun

STEP_S = 1
LIVE_S = 120
SCRAPE_S = 1
SCRAPES_PER_RATE = 4  # Grafana's own rule for $__rate_interval
MOST_POINTS = 600
AROUND_RUN_S = 3


@dataclass(frozen=True, slots=True)
class Window:
    """From `begins_s` to `ends_s` (epoch seconds, both included), a value every `step_s`."""

    begins_s: int
    ends_s: int
    step_s: int = STEP_S

    @classmethod
    def live(cls, now_s: float, seconds: int = LIVE_S) -> Self:
        """Return the last `seconds` before now."""
        ends_s = math.floor(now_s)
        return cls(ends_s - seconds + 1, ends_s, -(-seconds // MOST_POINTS))

    @classmethod
    def of_run(cls, run: RecordedRun) -> Self:
        """Return the time of one run, with a little before and after it."""
        begins_s = math.floor(run.t0) - AROUND_RUN_S
        return cls(begins_s, math.ceil(run.t0 + run.length_s) + AROUND_RUN_S)

    @property
    def seconds(self) -> range:
        """The moments that values are for."""
        return range(self.begins_s, self.ends_s + 1, self.step_s)


def filled(expr: str, window: Window) -> str:
    """Fill in Grafana's built-in variables; the longer names first, they begin like the others."""
    length_s = window.ends_s - window.begins_s
    rate_s = max(SCRAPES_PER_RATE * SCRAPE_S, window.step_s + SCRAPE_S)
    known = {
        "__rate_interval": f"{rate_s}s",
        "__interval_ms": str(window.step_s * 1000),
        "__interval": f"{window.step_s}s",
        "__range_ms": str(length_s * 1000),
        "__range_s": str(length_s),
        "__range": f"{length_s}s",
    }
    for name, value in known.items():
        expr = expr.replace(f"${{{name}}}", value).replace(f"${name}", value)
    return expr
