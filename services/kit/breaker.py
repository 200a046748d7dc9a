"""A circuit breaker: stop asking a dependency that has just shown that it will not answer.

Theory of operation
-------------------
CLOSED lets every call through and counts how they end, in slices of a rolling window. When enough
calls were seen and too many of them failed, the breaker OPENs and refuses for a cool-down. Then
ONE call is let through as a probe (HALF_OPEN): its success closes the breaker, its failure or its
cancellation opens it again. A probe that is never heard of again counts as cancelled, otherwise a
lost probe would leave the breaker half-open, refusing everybody, for ever.

Each change of state starts a new generation. A ticket carries the generation it was admitted in,
and a result from an older one is ignored: slow failures of a bad minute must not open a breaker
that a probe has just closed.

The whole machine is the table below. Nothing here waits or reads a clock: time is an argument.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Where the breaker stands."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class Event(StrEnum):
    """What moves it."""

    FAILURES_CROSSED_THRESHOLD = "failures_crossed_threshold"
    COOLDOWN_ELAPSED = "cooldown_elapsed"
    PROBE_SUCCEEDED = "probe_succeeded"
    PROBE_FAILED = "probe_failed"
    PROBE_CANCELLED = "probe_cancelled"


TRANSITIONS: dict[tuple[State, Event], State] = {  # anything not listed leaves the state alone
    (State.CLOSED, Event.FAILURES_CROSSED_THRESHOLD): State.OPEN,
    (State.OPEN, Event.COOLDOWN_ELAPSED): State.HALF_OPEN,
    (State.HALF_OPEN, Event.PROBE_SUCCEEDED): State.CLOSED,
    (State.HALF_OPEN, Event.PROBE_FAILED): State.OPEN,
    (State.HALF_OPEN, Event.PROBE_CANCELLED): State.OPEN,
}


class Outcome(StrEnum):
    """How an admitted call ended."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


PROBE_EVENTS = {
    Outcome.SUCCEEDED: Event.PROBE_SUCCEEDED,
    Outcome.FAILED: Event.PROBE_FAILED,
    Outcome.CANCELLED: Event.PROBE_CANCELLED,
}


@dataclass(frozen=True, slots=True)
class BreakerPolicy:
    """When to open, and for how long.

    Attributes:
        window_s: how far back results count.
        min_calls: below this many results in the window nothing is concluded.
        failure_ratio: open at this share of failures.
        cooldown_s: how long to refuse before the probe; up to a tenth is added at random, so that
            the instances of a fleet do not probe in the same moment.
        probe_lost_after_s: a probe without a result for so long is taken for cancelled.
    """

    window_s: float = 5.0
    min_calls: int = 5
    failure_ratio: float = 0.5
    cooldown_s: float = 1.0
    probe_lost_after_s: float = 5.0


@dataclass(slots=True)
class _Slice:
    number: int
    succeeded: int = 0
    failed: int = 0


SLICES = 10


class RollingWindow:
    """Counts of successes and failures over the last `window_s`, in ten slices: bounded memory."""

    def __init__(self, window_s: float) -> None:
        self._slice_s = window_s / SLICES
        self._slices: deque[_Slice] = deque(maxlen=SLICES)

    def add(self, now_s: float, *, failed: bool) -> None:
        """Count one result."""
        number = int(now_s / self._slice_s)
        if not self._slices or self._slices[-1].number != number:
            self._slices.append(_Slice(number))
        newest = self._slices[-1]
        newest.failed += failed
        newest.succeeded += not failed

    def totals(self, now_s: float) -> tuple[int, int]:
        """Successes and failures that are still within the window."""
        oldest = int(now_s / self._slice_s) - SLICES
        live = [s for s in self._slices if s.number > oldest]
        return sum(s.succeeded for s in live), sum(s.failed for s in live)


@dataclass(frozen=True, slots=True)
class Ticket:
    """Leave to make one call; hand it back with the outcome."""

    generation: int


class Breaker:
    """The machine with its window. One per dependency and process."""

    def __init__(
        self,
        policy: BreakerPolicy,
        *,
        roll: Callable[[], float] = lambda: 0.0,
        on_change: Callable[[State], None] = lambda _state: None,
    ) -> None:
        self.state = State.CLOSED
        self._policy = policy
        self._roll = roll
        self._on_change = on_change
        self._ticket = Ticket(0)
        self._window = RollingWindow(policy.window_s)
        self._changed_at_s = 0.0
        self._cooldown_s = 0.0

    def admit(self, now_s: float) -> Ticket | None:
        """A ticket for one call, or None: do not call."""
        if self.state is State.CLOSED:
            return self._ticket
        in_state_s = now_s - self._changed_at_s
        if self.state is State.HALF_OPEN:
            if in_state_s >= self._policy.probe_lost_after_s:
                self._fire(Event.PROBE_CANCELLED, now_s)
            return None
        if in_state_s < self._cooldown_s:
            return None
        self._fire(Event.COOLDOWN_ELAPSED, now_s)
        return self._ticket  # the one probe: until it is settled nobody else gets in

    def settle(self, ticket: Ticket, outcome: Outcome, now_s: float) -> None:
        """Tell how an admitted call ended."""
        if ticket.generation != self._ticket.generation:
            return
        if self.state is State.HALF_OPEN:
            self._fire(PROBE_EVENTS[outcome], now_s)
            return
        if outcome is Outcome.CANCELLED:
            return  # the caller left: that says nothing about the dependency
        self._window.add(now_s, failed=outcome is Outcome.FAILED)
        if outcome is Outcome.FAILED and self._too_many_failed(now_s):
            self._fire(Event.FAILURES_CROSSED_THRESHOLD, now_s)

    def _too_many_failed(self, now_s: float) -> bool:
        succeeded, failed = self._window.totals(now_s)
        calls = succeeded + failed
        return calls >= self._policy.min_calls and failed >= self._policy.failure_ratio * calls

    def _fire(self, event: Event, now_s: float) -> None:
        state = TRANSITIONS.get((self.state, event), self.state)
        if state is self.state:
            return
        self.state = state
        self._ticket = Ticket(self._ticket.generation + 1)
        self._window = RollingWindow(self._policy.window_s)
        self._changed_at_s = now_s
        self._cooldown_s = self._policy.cooldown_s * (1 + 0.1 * self._roll())
        self._on_change(state)
