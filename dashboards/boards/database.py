"""The connection pool, which is where most waiting for a database happens."""

from dashboards.panel import Board, Panel, Query, Unit, or_zero, quantiles, total_rate

BOARD = Board(
    uid="database",
    title="Database and pool",
    says="Does the database take long, or does it take long to get to the database?",
    panels=(
        Panel(
            301,
            "pool.in-use",
            "Connections lent out, and how many there may be",
            "High-water mark of the window. At the limit the next caller waits.",
            Unit.COUNT,
            (
                Query("max_over_time(postgres_pool_in_use[4s])", "in use {{instance}}"),
                Query("postgres_pool_limit", "limit {{instance}}"),
            ),
        ),
        Panel(
            302,
            "pool.waiting",
            "Callers that wait for a connection",
            "High-water mark of the window.",
            Unit.COUNT,
            (Query("max_over_time(postgres_pool_waiting[4s])", "{{instance}}"),),
        ),
        Panel(
            303,
            "pool.acquire",
            "Time waited for a connection",
            "Long here while the statements are quick: the pool is the bottleneck.",
            Unit.SECONDS,
            quantiles("postgres_pool_acquire_seconds"),
        ),
        Panel(
            304,
            "pool.held",
            "Time a connection was lent out",
            "Little's law: pool size divided by this is the most the instance can do per second.",
            Unit.SECONDS,
            (
                *quantiles("postgres_pool_held_seconds"),
                Query(
                    f"{total_rate('postgres_pool_held_seconds_sum')}"
                    f" / {total_rate('postgres_pool_held_seconds_count')}",
                    "mean",
                ),
            ),
        ),
        Panel(
            305,
            "pool.lent",
            "Connections lent out per second",
            "How often the database is used at all.",
            Unit.PER_SECOND,
            (Query(total_rate("postgres_pool_held_seconds_count", by="instance"), "{{instance}}"),),
        ),
        Panel(
            306,
            "pool.timeouts",
            "Callers that got no connection in time",
            "Each of them was answered 503.",
            Unit.PER_SECOND,
            (Query(or_zero(total_rate("postgres_pool_timeouts_total")), "timed out"),),
        ),
    ),
)
