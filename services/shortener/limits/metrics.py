"""What the limiter counts."""

from prometheus_client import CollectorRegistry, Counter


class LimiterMetrics:
    """Decisions, and the times when none could be had. `policy` is one of ours: bounded."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._decisions = Counter(
            "rate_limiter_decisions",
            "Tokens asked for, by policy and outcome (allowed, refused).",
            ["policy", "outcome"],
            registry=registry,
        )
        self._unavailable = Counter(
            "rate_limiter_unavailable",
            "Requests that were let through, or limited by this process alone, because Redis did "
            "not answer.",
            ["policy"],
            registry=registry,
        )

    def decided(self, policy: str, allowed: bool) -> None:
        """Count one decision."""
        self._decisions.labels(policy, "allowed" if allowed else "refused").inc()

    def unavailable(self, policy: str) -> None:
        """Count one time that the shared buckets could not be asked."""
        self._unavailable.labels(policy).inc()
