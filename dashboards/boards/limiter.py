"""Rate limits, and the password hashing that they protect."""

from dashboards.panel import Board, Panel, Query, Unit, or_zero, quantiles, share, total_rate

_DECISIONS = "rate_limiter_decisions_total"
_REFUSED = total_rate(_DECISIONS, 'outcome="refused"')

BOARD = Board(
    uid="limiter",
    title="Limiter and logins",
    says="Who is turned away, by which policy, and is that what we wanted?",
    panels=(
        Panel(
            401,
            "limiter.decisions",
            "Decisions by policy",
            "Allowed and refused, per second.",
            Unit.PER_SECOND,
            (
                Query(
                    or_zero(total_rate(_DECISIONS, by="policy, outcome")), "{{policy}} {{outcome}}"
                ),
            ),
        ),
        Panel(
            402,
            "limiter.refused-share",
            "Share refused",
            "Of all that asked for a token.",
            Unit.SHARE,
            (Query(share(_REFUSED, total_rate(_DECISIONS)), "refused"),),
        ),
        Panel(
            403,
            "limiter.unavailable",
            "Decided without the shared buckets",
            "Redis did not answer: let through, or limited by one process alone.",
            Unit.PER_SECOND,
            (
                Query(
                    or_zero(total_rate("rate_limiter_unavailable_total", by="policy")), "{{policy}}"
                ),
            ),
        ),
        Panel(
            404,
            "auth.hash-seconds",
            "Time one password hash takes",
            "In its thread, without the wait for a place.",
            Unit.SECONDS,
            quantiles("password_hash_seconds"),
        ),
        Panel(
            405,
            "auth.hash-waiting",
            "Logins and registrations that wait to be hashed",
            "High-water mark of the window.",
            Unit.COUNT,
            (Query("max_over_time(password_hash_waiting[4s])", "{{instance}}"),),
        ),
    ),
)
