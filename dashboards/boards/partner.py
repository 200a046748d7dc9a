"""The third party: what we ask of it, and what it gives back."""

from dashboards.panel import Board, Panel, Query, Unit, or_zero, quantiles, share, total_rate

_CREATES = 'service="shortener",method="POST",route="/api/v1/links"'
_CREATES_RATE = total_rate("http_request_seconds_count", _CREATES)
_ATTEMPTS = total_rate("partner_attempts_total")

BOARD = Board(
    uid="partner",
    title="Partner and retries",
    says="Are they slow, or are we asking too often?",
    panels=(
        Panel(
            601,
            "partner.attempts",
            "Requests sent to the partner, by how they ended",
            "Counted where we wait for them: timed_out is our patience, not their answer.",
            Unit.PER_SECOND,
            (Query(or_zero(total_rate("partner_attempts_total", by="outcome")), "{{outcome}}"),),
        ),
        Panel(
            602,
            "partner.latency",
            "How long one request to the partner takes",
            "Also the ones that we gave up.",
            Unit.SECONDS,
            quantiles("partner_attempt_seconds"),
        ),
        Panel(
            603,
            "partner.attempts-per-call",
            "Requests sent per verdict wanted",
            "One, in good times. More: retries. The number a partner complains about.",
            Unit.COUNT,
            (Query(share(_ATTEMPTS, total_rate("partner_calls_total")), "attempts per call"),),
        ),
        Panel(
            604,
            "partner.in-flight",
            "Calls that hold a place in the bulkhead",
            "High-water mark of the window.",
            Unit.COUNT,
            (Query("max_over_time(partner_calls_in_flight[4s])", "{{instance}}"),),
        ),
        Panel(
            605,
            "partner.no-verdict",
            "Calls without a verdict, by reason",
            "Each of them was answered 503: the address is neither safe nor unsafe.",
            Unit.PER_SECOND,
            (Query(or_zero(total_rate("partner_no_verdict_total", by="reason")), "{{reason}}"),),
        ),
        Panel(
            606,
            "partner.breaker",
            "Breaker open, retries that the budget refused",
            "1 while an instance leaves the partner alone.",
            Unit.COUNT,
            (
                Query("max_over_time(partner_breaker_open[4s])", "open {{instance}}"),
                Query(total_rate("partner_retries_unaffordable_total"), "refused retries/s"),
            ),
        ),
        Panel(
            607,
            "partner.creates",
            "Creates, by how we answered",
            "What users saw of it.",
            Unit.PER_SECOND,
            (
                Query(
                    or_zero(total_rate("http_request_seconds_count", _CREATES, "status")),
                    "{{status}}",
                ),
            ),
        ),
        Panel(
            608,
            "partner.calls-per-create",
            "Verdicts wanted per create",
            "Changes of a link's address ask as well.",
            Unit.COUNT,
            (Query(share(total_rate("partner_calls_total"), _CREATES_RATE), "calls per create"),),
        ),
    ),
)
