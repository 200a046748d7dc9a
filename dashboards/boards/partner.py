"""The third party: what we ask of it, and what it gives back."""

from dashboards.panel import Board, Panel, Query, Unit, or_zero, quantiles, share, total_rate

_COUNT = "http_request_seconds_count"
_VERDICTS = 'service="partner",route="/v1/verdicts"'
_CREATES = 'service="shortener",method="POST",route="/api/v1/links"'

BOARD = Board(
    uid="partner",
    title="Partner and retries",
    says="Are they slow, or are we asking too often?",
    panels=(
        Panel(
            601,
            "partner.calls",
            "Calls that the partner answered, by status",
            "Counted on its side.",
            Unit.PER_SECOND,
            (Query(or_zero(total_rate(_COUNT, _VERDICTS, "status")), "{{status}}"),),
        ),
        Panel(
            602,
            "partner.latency",
            "How long the partner takes",
            "Measured on its side: what we add by waiting in line is not in it.",
            Unit.SECONDS,
            quantiles("http_request_seconds", _VERDICTS),
        ),
        Panel(
            603,
            "partner.calls-per-create",
            "Calls per create",
            "One, in good times. More: retries. The number a partner complains about.",
            Unit.COUNT,
            (
                Query(
                    share(total_rate(_COUNT, _VERDICTS), total_rate(_COUNT, _CREATES)),
                    "calls per create",
                ),
            ),
        ),
        Panel(
            604,
            "partner.in-flight",
            "Calls the partner is working on",
            "High-water mark of the window.",
            Unit.COUNT,
            (Query('max_over_time(http_requests_in_flight{service="partner"}[4s])', "in flight"),),
        ),
        Panel(
            605,
            "partner.creates",
            "Creates, by how we answered",
            "503: no verdict in time, and we said so.",
            Unit.PER_SECOND,
            (Query(or_zero(total_rate(_COUNT, _CREATES, "status")), "{{status}}"),),
        ),
    ),
)
