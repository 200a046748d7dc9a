"""What the Redis link counts and times."""

import time
from typing import Protocol

from prometheus_client import CollectorRegistry, Counter, Histogram

from services.kit.breaker import Outcome

NAMED = frozenset({"get", "set", "del", "evalsha", "eval", "ping"})
BUCKETS_S = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25)


class RedisSignals(Protocol):
    """What the link reports."""

    def ended(self, command: str, started_s: float, outcome: Outcome) -> None:
        """A command was answered, failed or was given up; `started_s` is of `perf_counter`."""

    def refused(self) -> None:
        """The breaker is open: the command was not even tried."""

    def coalesced(self, keys: int) -> None:
        """One round trip fetched so many keys."""

    def reconnecting(self) -> None:
        """The connection was lost, or could not be made."""


class Silence:
    """Signals that go nowhere: for tests and small tools."""

    def ended(self, command: str, started_s: float, outcome: Outcome) -> None:
        """Say nothing."""

    def refused(self) -> None:
        """Say nothing."""

    def coalesced(self, keys: int) -> None:
        """Say nothing."""

    def reconnecting(self) -> None:
        """Say nothing."""


class RedisMetrics:
    """Prometheus metrics of one process's link, by command and outcome."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._seconds = Histogram(
            "redis_command_seconds",
            "Time from asking to reply, as the caller saw it",
            ["command", "outcome"],
            buckets=BUCKETS_S,
            registry=registry,
        )
        self._refused = Counter(
            "redis_refused_total", "Commands refused by the open breaker", registry=registry
        )
        self._gets = Counter(
            "redis_coalesced_keys_total", "Keys fetched by GET or MGET", registry=registry
        )
        self._reconnects = Counter(
            "redis_reconnects_total", "Attempts to connect again", registry=registry
        )
        self._get_succeeded = self._seconds.labels("get", Outcome.SUCCEEDED.value)

    def ended(self, command: str, started_s: float, outcome: Outcome) -> None:
        """Observe the time."""
        took_s = time.perf_counter() - started_s
        if command == "get" and outcome is Outcome.SUCCEEDED:
            self._get_succeeded.observe(took_s)  # the hot one, without looking up its labels
        else:
            name = command if command in NAMED else "other"
            self._seconds.labels(name, outcome.value).observe(took_s)

    def refused(self) -> None:
        """Count a refusal."""
        self._refused.inc()

    def coalesced(self, keys: int) -> None:
        """Count the keys of one round trip."""
        self._gets.inc(keys)

    def reconnecting(self) -> None:
        """Count a lost connection."""
        self._reconnects.inc()
