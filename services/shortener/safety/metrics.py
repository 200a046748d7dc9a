"""What the calls to the partner look like from here."""

from enum import StrEnum

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from services.kit.metrics import SECONDS_BUCKETS


class AttemptEnd(StrEnum):
    """How one attempt ended."""

    ANSWERED = "answered"
    FAILED = "failed"
    TIMED_OUT = "timed_out"


class Refusal(StrEnum):
    """Why there was no verdict."""

    BREAKER = "breaker"
    BULKHEAD = "bulkhead"
    DEADLINE = "deadline"
    FAILED = "failed"


class PartnerMetrics:
    """Calls are what a user asked for; attempts are what the partner got to see."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.calls = Counter("partner_calls_total", "Verdicts that were wanted.", registry=registry)
        self.attempts = Counter(
            "partner_attempts_total",
            "Requests sent to the partner, by how they ended.",
            ["outcome"],
            registry=registry,
        )
        self.attempt_seconds = Histogram(
            "partner_attempt_seconds",
            "Time that one request to the partner took.",
            buckets=SECONDS_BUCKETS,
            registry=registry,
        )
        self.retries_unaffordable = Counter(
            "partner_retries_unaffordable_total",
            "Retries that the budget did not allow.",
            registry=registry,
        )
        self.no_verdict = Counter(
            "partner_no_verdict_total", "Calls without a verdict.", ["reason"], registry=registry
        )
        self.in_flight = Gauge(
            "partner_calls_in_flight", "Calls that hold a place in the bulkhead.", registry=registry
        )
        self.breaker_open = Gauge(
            "partner_breaker_open", "1 while the partner is not called.", registry=registry
        )
