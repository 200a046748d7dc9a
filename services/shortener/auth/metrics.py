"""What hashing passwords costs."""

from prometheus_client import CollectorRegistry, Gauge, Histogram


class PasswordMetrics:
    """Hashing is the most expensive thing this service does: how often, how long, how many wait."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.seconds = Histogram(
            "password_hash_seconds",
            "Time that one hash took in its thread, without the wait for a place.",
            buckets=(0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0, 2.5),
            registry=registry,
        )
        self.waiting = Gauge(
            "password_hash_waiting", "Logins and registrations that wait.", registry=registry
        )
