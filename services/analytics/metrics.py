"""What analytics measures. Outcomes and topics are lists in the code: labels are bounded."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from services.kit.metrics import SECONDS_BUCKETS


class AnalyticsMetrics:
    """One consumer's figures."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.messages = Counter(
            "analytics_messages_total",
            "Messages by what became of them: stored, repeated, unknown_link or parked.",
            ["topic", "outcome"],
            registry=registry,
        )
        self.lag = Gauge(
            "analytics_lag_messages",
            "Messages in our partitions that we have not read, as of the last answer.",
            registry=registry,
        )
        self.batch_s = Histogram(
            "analytics_batch_seconds",
            "Time from having read a batch to having committed its offsets.",
            buckets=SECONDS_BUCKETS,
            registry=registry,
        )
        self.retries = Counter(
            "analytics_batch_retries_total",
            "Batches that could not be stored and are read again.",
            registry=registry,
        )
        self.commits_failed = Counter(
            "analytics_commit_failures_total",
            "Offset commits that failed. The messages come again, and are known then.",
            registry=registry,
        )
        self.stopped = Gauge(
            "analytics_stopped",
            "1 while we refuse to go on because most messages would be parked.",
            registry=registry,
        )
