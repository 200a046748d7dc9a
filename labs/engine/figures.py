"""From single requests to figures per slice of time: offered load, goodput, errors, latency.

**Offered load** is what the plan sent at the system in that slice, answered or not. **Goodput** is
what was answered well in it. Latency counts from the *planned* time of a request: a generator that
was late, or a connection that was waited for, is waiting too, and leaving it out is the mistake
called coordinated omission.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Slice:
    """What happened in one stretch of the timeline."""

    start_s: float
    width_s: float
    offered: int = 0
    good: int = 0
    failed: int = 0
    refused: int = 0  # of the failed: answered with 4xx
    latencies_ms: list[float] = field(default_factory=list)
    expected: int = 0

    @property
    def offered_rps(self) -> float:
        """Requests that the plan sent, per second, also those that nobody has answered yet."""
        return max(self.offered, self.expected) / self.width_s

    @property
    def good_rps(self) -> float:
        """Requests that were answered well, per second."""
        return self.good / self.width_s

    @property
    def failed_rps(self) -> float:
        """Requests that failed or were not answered, per second."""
        return self.failed / self.width_s

    @property
    def refused_rps(self) -> float:
        """Requests that were answered with 4xx, per second: right or wrong, it is an answer."""
        return self.refused / self.width_s

    @property
    def broken_rps(self) -> float:
        """Requests that were answered with 5xx or not at all, per second."""
        return (self.failed - self.refused) / self.width_s

    def latency_ms(self, percent: float) -> float | None:
        """The latency that `percent` of this slice's requests did not exceed."""
        return percentile(self.latencies_ms, percent)


def is_request(line: Mapping[str, Any]) -> bool:
    """Whether a line of the ledger is a request (the last one is the summary)."""
    return "planned_s" in line


def is_good(request: Mapping[str, Any]) -> bool:
    """Whether the request was answered, and with something else than an error."""
    return not request.get("error") and 0 < int(request.get("status") or 0) < 400


def is_refused(request: Mapping[str, Any]) -> bool:
    """Whether the request was answered with 4xx: no such link, gone, too many, not allowed."""
    return not request.get("error") and 400 <= int(request.get("status") or 0) < 500


def percentile(values: Sequence[float], percent: float) -> float | None:
    """Return the nearest-rank percentile: a value that somebody really had, no mean of two."""
    if not values:
        return None
    rank = math.ceil(percent / 100 * len(values))
    return sorted(values)[max(rank, 1) - 1]


class Slices:
    """Sorts requests into slices of the timeline as they come in."""

    def __init__(self, t0: float, width_s: float = 1.0, planned_s: Iterable[float] = ()) -> None:
        """`planned_s`: when requests are due on the timeline, for a run that is under way.

        The ledger knows a request when it is over. While everything hangs it says nothing at all,
        and a picture drawn from it alone would show no load in the very moment of the outage.
        """
        self.t0 = t0
        self.width_s = width_s
        self._by_number: dict[int, Slice] = {}
        self._expected = Counter(math.floor(at_s / width_s) for at_s in planned_s)

    def add(self, request: Mapping[str, Any]) -> None:
        """Count one line of the ledger; load where it was planned, answers where they came."""
        planned_s, done_s = float(request["planned_s"]), float(request.get("done_s") or 0.0)
        planned = self._at(planned_s)
        planned.offered += 1
        if done_s:
            planned.latencies_ms.append((done_s - planned_s) * 1000)
        answered = self._at(done_s or planned_s)
        if is_good(request):
            answered.good += 1
        else:
            answered.failed += 1
            answered.refused += is_refused(request)

    def all(self, until_s: float | None = None) -> list[Slice]:
        """Return the slices from the start on, also those in which nothing happened."""
        last = max(self._by_number, default=-1)
        if until_s is not None:
            last = max(last, math.ceil(until_s / self.width_s) - 1)
        return [self._number(number) for number in range(last + 1)]

    def recent(self, until_s: float, count: int) -> list[Slice]:
        """Return the last `count` whole slices before `until_s`; what is older is forgotten."""
        end = math.floor(until_s / self.width_s)
        first = max(0, end - count)
        for number in [number for number in self._by_number if number < first]:
            del self._by_number[number]
        return [self._number(number) for number in range(first, end)]

    def _at(self, epoch_s: float) -> Slice:
        return self._number(max(0, math.floor((epoch_s - self.t0) / self.width_s)))

    def _number(self, number: int) -> Slice:
        if number not in self._by_number:
            made = Slice(number * self.width_s, self.width_s, expected=self._expected[number])
            self._by_number[number] = made
        return self._by_number[number]


def slices(ledger: Iterable[Mapping[str, Any]], t0: float, width_s: float = 1.0) -> list[Slice]:
    """Sort a whole ledger into slices."""
    sorted_in = Slices(t0, width_s)
    for line in ledger:
        if is_request(line):
            sorted_in.add(line)
    return sorted_in.all()
