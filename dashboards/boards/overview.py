"""The four golden signals: traffic, errors, latency, saturation."""

from dashboards.panel import (
    Board,
    Panel,
    Query,
    Unit,
    quantile,
    quantiles,
    share,
    total_rate,
)

_REQUESTS = "http_request_seconds_count"
_SHORTENER = 'service="shortener"'
_FAILED = total_rate(_REQUESTS, _SHORTENER + ',status=~"5.."')

BOARD = Board(
    uid="overview",
    title="Overview: the four golden signals",
    says="Is it us, since when, and which of the four is it?",
    panels=(
        Panel(
            101,
            "overview.traffic",
            "Traffic: what the shorteners answer",
            "Answers per second by route. Compare with what the edge was asked.",
            Unit.PER_SECOND,
            (Query(total_rate(_REQUESTS, _SHORTENER, "route"), "{{route}}"),),
        ),
        Panel(
            102,
            "overview.errors",
            "Errors: share of answers that are 5xx",
            "Refusals (4xx) are not errors of ours; time-outs at the edge are in the next row.",
            Unit.SHARE,
            (Query(share(_FAILED, total_rate(_REQUESTS, _SHORTENER)), "shortener"),),
        ),
        Panel(
            103,
            "overview.latency",
            "Latency of all answers",
            "A mean hides what half of them hide from the other half: three percentiles.",
            Unit.SECONDS,
            quantiles("http_request_seconds", _SHORTENER),
        ),
        Panel(
            104,
            "overview.latency-by-route",
            "p99 by route",
            "One slow route disappears in the latency of all answers.",
            Unit.SECONDS,
            (Query(quantile(0.99, "http_request_seconds", _SHORTENER, "route"), "{{route}}"),),
        ),
        Panel(
            105,
            "overview.saturation",
            "Saturation: the fullest connection pool, the slowest event loop",
            "What runs out first. A pool at 1 makes everyone wait, whatever the database does.",
            Unit.SHARE,
            (
                Query("max(postgres_pool_in_use / postgres_pool_limit)", "pool in use"),
                Query("max(event_loop_lag_seconds)", "loop lag, s"),
            ),
        ),
        Panel(
            106,
            "overview.edge-traffic",
            "Edge: asked",
            "What arrives from outside, answered or not.",
            Unit.PER_SECOND,
            (
                Query(
                    'sum(rate(haproxy_frontend_http_requests_total{proxy="edge"}[4s]))',
                    "requests",
                ),
            ),
        ),
        Panel(
            107,
            "overview.edge-answers",
            "Edge: answered, by class",
            "5xx here and not among the shorteners' answers: nobody answered in time.",
            Unit.PER_SECOND,
            (
                Query(
                    'sum by (code) (rate(haproxy_frontend_http_responses_total{proxy="edge"}[4s]))',
                    "{{code}}",
                ),
            ),
        ),
        Panel(
            108,
            "overview.edge-queue",
            "Edge: waiting for a shortener",
            "Requests that no instance had room for.",
            Unit.COUNT,
            (
                Query(
                    'max_over_time(haproxy_backend_current_queue{proxy="shorteners"}[4s])', "queue"
                ),
            ),
        ),
    ),
)
