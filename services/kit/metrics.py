"""Metrics that every service has. Labels are bounded: each value comes from a list in the code."""

import asyncio
import time
from collections.abc import Collection, Iterable

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
)
from prometheus_client.core import CounterMetricFamily
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

# Chosen around what our answers take: the redirect at the fine end, time-outs at the coarse one.
SECONDS_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
LOOP_TICK_S = 0.05


def new_registry() -> CollectorRegistry:
    """A registry of one app's own, so that two apps in one process do not collide."""
    disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series per series, and nobody reads it
    registry = CollectorRegistry(auto_describe=True)
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    GCCollector(registry=registry)
    return registry


class Tally:
    """A counter for the hot path: adding costs an addition, Prometheus reads it when it asks.

    prometheus_client's own takes a lock each time. Everything here runs on one event loop.
    """

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value = 0

    def inc(self, by: int = 1) -> None:
        """Count."""
        self.value += by


class Tallies(Collector):
    """One counter metric made of tallies, one for each value of its label (or just one)."""

    def __init__(
        self,
        name: str,
        says: str,
        registry: CollectorRegistry,
        label: str | None = None,
        values: Collection[str] = ("",),
    ) -> None:
        self._name, self._says, self._label = name, says, label
        self.by_value = {value: Tally() for value in values}
        registry.register(self)

    def collect(self) -> Iterable[CounterMetricFamily]:
        """What the tallies say now."""
        labels = [self._label] if self._label else []
        family = CounterMetricFamily(self._name, self._says, labels=labels)
        for value, tally in self.by_value.items():
            family.add_metric([value] if self._label else [], tally.value)
        yield family


def bounded(value: str, allowed: Collection[str]) -> str:
    """The value if it is one of the allowed ones, else "other": labels never follow the input."""
    return value if value in allowed else "other"


class HttpMetrics:
    """Rate, errors and duration of what this service answers."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.seconds = Histogram(
            "http_request_seconds",
            "Time from the request's head to the last byte of the answer, by route and status.",
            ["method", "route", "status"],
            buckets=SECONDS_BUCKETS,
            registry=registry,
        )
        self.in_flight = Gauge(
            "http_requests_in_flight", "Requests that are being answered now.", registry=registry
        )

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answer. `route` is the template (`/links/{code}`), never the path."""
        self.seconds.labels(bounded(method, METHODS), route, str(status)).observe(seconds)


class LoopLag:
    """How late the event loop wakes a sleeper: the queue in front of everything else.

    The gauge holds the worst lag of the last second or so, because a scrape sees one moment only
    and a stall is over before it.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self.worst_s = Gauge(
            "event_loop_lag_seconds",
            "The longest delay of a timer on the event loop within the last two seconds.",
            registry=registry,
        )
        self.total_s = Counter(
            "event_loop_lag_seconds_sum",
            "All delay of timers on the event loop, added up.",
            registry=registry,
        )

    async def watch(self) -> None:
        """Measure until cancelled."""
        recent: list[float] = [0.0] * round(2.0 / LOOP_TICK_S)
        while True:
            for slot in range(len(recent)):
                due_s = time.perf_counter() + LOOP_TICK_S
                await asyncio.sleep(LOOP_TICK_S)
                recent[slot] = max(0.0, time.perf_counter() - due_s)
                self.total_s.inc(recent[slot])
                self.worst_s.set(max(recent))
