"""A bounded buffer between the redirect and Kafka: putting a click in never waits.

What may be lost, and is counted: clicks that find the buffer full (Kafka is away for too long),
all clicks when there is no Kafka, and what could not be sent in the time that shutdown allows.
What may be lost uncounted: one buffer, when the process is killed.
"""

from collections import deque
from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge

from services.kit.metrics import Tallies
from services.kit.telemetry import recording, traceparent
from services.shortener.clicks.click import Click


class ClickMetrics:
    """What became of the clicks."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.counted = Tallies(
            "clicks_counted_total", "Redirects that were to be counted.", registry
        ).by_value[""]
        self.sent = Counter(
            "clicks_sent_total", "Clicks that Kafka has acknowledged.", registry=registry
        )
        dropped = Tallies(
            "clicks_dropped_total",
            "Clicks that nobody will count.",
            registry,
            label="reason",
            values=["no_kafka", "buffer_full", "shutdown"],
        ).by_value
        self.dropped_no_kafka = dropped["no_kafka"]
        self.dropped_full = dropped["buffer_full"]
        self.dropped_at_shutdown = dropped["shutdown"]
        self.waiting = Gauge("clicks_waiting", "Clicks in the buffer.", registry=registry)


class ClickRecorder:
    """Takes clicks from redirects, hands them out in batches."""

    def __init__(self, metrics: ClickMetrics, *, buffer_at_most: int, enabled: bool) -> None:
        self._metrics = metrics
        self._buffer: deque[Click] = deque()
        self._buffer_at_most = buffer_at_most
        self._enabled = enabled
        self._number = 0
        metrics.waiting.set_function(lambda: len(self._buffer))

    def __len__(self) -> int:
        """Clicks that wait."""
        return len(self._buffer)

    def record(self, code: str, link_id: int, at_s: float) -> None:
        """Count one click. Never waits, never raises."""
        self._metrics.counted.inc()
        if not self._enabled:
            self._metrics.dropped_no_kafka.inc()
            return
        if len(self._buffer) >= self._buffer_at_most:
            self._metrics.dropped_full.inc()
            return
        self._number += 1
        trace = traceparent() if recording() else None
        self._buffer.append(Click(self._number, code, link_id, at_s, trace))

    def take(self, at_most: int) -> list[Click]:
        """The oldest clicks, out of the buffer."""
        return [self._buffer.popleft() for _ in range(min(at_most, len(self._buffer)))]

    def put_back(self, clicks: Iterable[Click]) -> None:
        """They could not be sent: first in line again, as far as there is room."""
        for click in reversed(list(clicks)):
            if len(self._buffer) >= self._buffer_at_most:
                self._metrics.dropped_full.inc()
            else:
                self._buffer.appendleft(click)

    def abandon(self) -> int:
        """The process ends: whatever is left is lost, and is counted as lost."""
        left = len(self._buffer)
        self._buffer.clear()
        self._metrics.dropped_at_shutdown.inc(left)
        return left
