"""What the relay measures. The lag is the number to alert on: seconds first, rows to see how much.

Everything else says why.
"""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from services.kit.metrics import SECONDS_BUCKETS


class RelayMetrics:
    """One relay's figures."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.lag_rows = Gauge(
            "relay_lag_rows",
            "Events that wait in the outbox, counted up to 100 000. NaN: cannot be measured now.",
            registry=registry,
        )
        self.lag_s = Gauge(
            "relay_lag_seconds",
            "Age of the oldest event that waits. NaN: cannot be measured now.",
            registry=registry,
        )
        self.published = Counter(
            "relay_published_total",
            "Events that Kafka has acknowledged and the outbox has noted.",
            registry=registry,
        )
        self.failed = Counter(
            "relay_publish_failures_total",
            "Batches that Kafka did not acknowledge in time; they are sent again.",
            registry=registry,
        )
        self.batch_s = Histogram(
            "relay_batch_seconds",
            "Time from claiming a batch to having noted it as published.",
            buckets=SECONDS_BUCKETS,
            registry=registry,
        )
        self.leading = Gauge(
            "relay_leading",
            "1 if this relay held the claim when it last looked, else 0.",
            registry=registry,
        )
