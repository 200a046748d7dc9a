"""Every metric of the redirects, with its unit and a sentence."""

from enum import StrEnum

from prometheus_client import CollectorRegistry, Counter, Gauge

from services.kit.metrics import Tallies


class Source(StrEnum):
    """Where an answer came from."""

    NEAR = "near"
    REDIS = "redis"
    STALE = "stale"
    POSTGRES = "postgres"


class RedirectMetrics:
    """What the redirects count."""

    def __init__(self, registry: CollectorRegistry) -> None:
        answers = Tallies(
            "redirect_answers_total",
            "Lookups answered, by where the answer came from.",
            registry,
            label="source",
            values=[source.value for source in Source],
        )
        self.answers = {source: answers.by_value[source.value] for source in Source}
        self.loads = Counter(
            "redirect_loads_total", "Reads of a link from PostgreSQL.", registry=registry
        )
        self.loads_limit = Gauge(
            "redirect_loads_limit", "Reads that may run at once.", registry=registry
        )
        self.loads_waiting = Gauge(
            "redirect_loads_waiting", "Reads that wait for a place.", registry=registry
        )
        self.leases_refused = Counter(
            "redirect_leases_refused_total",
            "Misses that waited because another instance was reading.",
            registry=registry,
        )
        self.refreshes = Counter(
            "redirect_refreshes_total", "Reads in the background.", registry=registry
        )
        self.not_stored = Counter(
            "redirect_not_stored_total", "Entries that Redis could not take.", registry=registry
        )
        self.updates_late = Counter(
            "redirect_updates_late_total",
            "Changes that reached Redis only after a retry, or not at all.",
            registry=registry,
        )
        self.near_entries = Gauge(
            "redirect_near_entries", "Entries in the in-process cache.", registry=registry
        )
        self.near_dropped = Counter(
            "redirect_near_dropped_total",
            "Entries that Redis told this process to forget.",
            registry=registry,
        )

    @staticmethod
    def breaker_gauge(registry: CollectorRegistry) -> Gauge:
        """The one metric that belongs to the connection rather than to the redirects."""
        return Gauge(
            "redis_breaker_open", "1 while the breaker refuses to ask Redis.", registry=registry
        )
