"""What a run cost its users, and what it would cost of an error budget.

The budget of 99.9 % over 30 days is 30 x 24 x 60 x 0.001 = 43.2 minutes of a complete outage. A
run in which a share of the requests fails spends that share of its minutes. Failed are 5xx and no
answer: that of a 4xx, right or wrong, no budget of errors knows, so it is counted apart.
"""

from __future__ import annotations

from dataclasses import dataclass

from labs.engine.figures import is_good, is_refused
from labs.engine.recorded import RecordedRun
from labs.engine.results import spoken
from labs.report import series

OBJECTIVE = 0.999
BUDGET_MIN = 30 * 24 * 60 * (1 - OBJECTIVE)
SLOW_MS = 100.0  # the latency objective of dashboards/rules


@dataclass(frozen=True, slots=True)
class Impact:
    """Requests that were sent, that failed, that waited, that were refused; and in how long."""

    requests: int
    failed: int
    slow: int
    seconds: float
    refused: int = 0

    @property
    def share(self) -> float:
        """The share of requests that failed."""
        return self.failed / self.requests if self.requests else 0.0

    @property
    def minutes(self) -> float:
        """Minutes of the budget that this run spent."""
        return self.share * self.seconds / 60

    @property
    def minutes_per_hour(self) -> float:
        """Minutes of the budget that an hour of the same would spend."""
        return self.share * 60

    @property
    def formula(self) -> str:
        """The sum, with its figures."""
        failed = f"{self.failed} failed of {self.requests} = {spoken(100 * self.share)} %"
        if not self.failed:
            return failed
        return (
            f"{failed}; an hour like this run, with all that the lab did to it, "
            f"spends 60 min x {spoken(100 * self.share)} % = {spoken(self.minutes_per_hour)} "
            f"min of the {BUDGET_MIN:.1f} min that 99.9 % leaves in 30 days"
        )

    @property
    def lasts(self) -> str:
        """How long the month's budget would last."""
        if not self.failed:
            refused = f"{self.refused} were refused (4xx), rightly or not, and " * bool(
                self.refused
            )
            return (
                f"nothing failed, so this budget is untouched; {refused}{self.slow} waited "
                f"longer than {SLOW_MS:.0f} ms: no count of errors shows that"
            )
        return f"the month's budget is gone after {_while(BUDGET_MIN / self.share)} of it"


def _while(minutes: float) -> str:
    """Return a time as a person would say it; the unit never hides more than a digit."""
    hours, days = minutes / 60, minutes / (24 * 60)
    for value, unit in ((days, "days"), (hours, "hours"), (minutes, "minutes")):
        if value >= 3:
            return f"{spoken(value)} {unit}"
    return f"{spoken(minutes)} minutes"


def impact(run: RecordedRun) -> Impact:
    """Count a run's requests."""
    refused = sum(is_refused(line) for line in run.requests)
    failed = sum(not is_good(line) for line in run.requests) - refused
    slow = sum(dot.took_ms > SLOW_MS for dot in series.dots(run))
    return Impact(len(run.requests), failed, slow, run.length_s, refused)
