"""Clicks, the outbox, and what becomes of events."""

from dashboards.panel import Board, Panel, Query, Unit, or_zero, quantiles, total_rate

BOARD = Board(
    uid="messaging",
    title="Messaging and outbox",
    says="How far behind are we, and is anything lost?",
    panels=(
        Panel(
            501,
            "outbox.lag-seconds",
            "Outbox: age of the oldest event that waits",
            "The figure to alert on.",
            Unit.SECONDS,
            (Query("max(relay_lag_seconds)", "oldest"),),
        ),
        Panel(
            502,
            "outbox.lag-rows",
            "Outbox: events that wait",
            "Counted up to 100,000.",
            Unit.COUNT,
            (Query("max(relay_lag_rows)", "waiting"),),
        ),
        Panel(
            503,
            "outbox.published",
            "Outbox: published, and batches that failed",
            "A failed batch is sent again.",
            Unit.PER_SECOND,
            (
                Query(total_rate("relay_published_total"), "published"),
                Query(total_rate("relay_publish_failures_total"), "failed batches"),
            ),
        ),
        Panel(
            504,
            "outbox.batch-seconds",
            "Outbox: time per batch",
            "From the claim to having noted it as published.",
            Unit.SECONDS,
            quantiles("relay_batch_seconds"),
        ),
        Panel(
            505,
            "clicks.fate",
            "Clicks: counted, sent, dropped",
            "Dropped by reason. Without Kafka every click is dropped, and counted as such.",
            Unit.PER_SECOND,
            (
                Query(total_rate("clicks_counted_total"), "counted"),
                Query(total_rate("clicks_sent_total"), "sent"),
                Query(
                    or_zero(total_rate("clicks_dropped_total", by="reason")), "dropped {{reason}}"
                ),
            ),
        ),
        Panel(
            506,
            "clicks.waiting",
            "Clicks in the buffer",
            "High-water mark of the window. A kill -9 loses at most these.",
            Unit.COUNT,
            (Query("max_over_time(clicks_waiting[4s])", "{{instance}}"),),
        ),
        Panel(
            507,
            "analytics.messages",
            "Analytics: messages by what became of them",
            "repeated: known by its id. parked: in the dead-letter topic, with the reason.",
            Unit.PER_SECOND,
            (
                Query(
                    or_zero(total_rate("analytics_messages_total", by="topic, outcome")),
                    "{{topic}} {{outcome}}",
                ),
            ),
        ),
        Panel(
            508,
            "analytics.lag",
            "Analytics: messages not read yet",
            "As of the last answer of the broker.",
            Unit.COUNT,
            (Query("max by (instance) (analytics_lag_messages)", "{{instance}}"),),
        ),
        Panel(
            509,
            "analytics.trouble",
            "Analytics: batches read again, commits that failed, stopped",
            "Read again is safe, because writes are idempotent. Stopped waits for a person.",
            Unit.COUNT,
            (
                Query(total_rate("analytics_batch_retries_total"), "batches again/s"),
                Query(total_rate("analytics_commit_failures_total"), "failed commits/s"),
                Query("max(analytics_stopped)", "stopped"),
            ),
        ),
    ),
)
