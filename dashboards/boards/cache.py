"""Redirects and their cache."""

from dashboards.panel import Board, Panel, Query, Unit, or_zero, quantile, rate, share, total_rate

_ANSWERS = "redirect_answers_total"
_FROM_POSTGRES = total_rate(_ANSWERS, 'source="postgres"')

BOARD = Board(
    uid="cache",
    title="Cache",
    says="Where do redirects get their answer from, and what does the database see of it?",
    panels=(
        Panel(
            201,
            "cache.sources",
            "Answers by where they came from",
            "near: this process; redis; stale: old but usable; postgres: the database was asked.",
            Unit.PER_SECOND,
            (Query(total_rate(_ANSWERS, by="source"), "{{source}}"),),
        ),
        Panel(
            202,
            "cache.hit-ratio",
            "Hit ratio",
            "Share of lookups that did not ask the database.",
            Unit.SHARE,
            (Query(f"1 - {share(_FROM_POSTGRES, total_rate(_ANSWERS))}", "hit ratio"),),
        ),
        Panel(
            203,
            "cache.loads",
            "Reads of a link from PostgreSQL",
            "Per second, by instance.",
            Unit.PER_SECOND,
            (Query(total_rate("redirect_loads_total", by="instance"), "{{instance}}"),),
        ),
        Panel(
            204,
            "cache.loads-waiting",
            "Reads that wait for a place",
            "High-water mark of the window.",
            Unit.COUNT,
            (Query("max_over_time(redirect_loads_waiting[4s])", "{{instance}}"),),
        ),
        Panel(
            205,
            "cache.protections",
            "Misses that did not become a read",
            "Waited for another instance's read, or refreshed before it was due.",
            Unit.PER_SECOND,
            (
                Query(total_rate("redirect_leases_refused_total"), "lease refused"),
                Query(total_rate("redirect_refreshes_total"), "refreshed"),
            ),
        ),
        Panel(
            206,
            "cache.redis-latency",
            "Redis: p99 of a command, as the caller saw it",
            "Includes the wait for the connection.",
            Unit.SECONDS,
            (Query(quantile(0.99, "redis_command_seconds", by="command"), "{{command}}"),),
        ),
        Panel(
            207,
            "cache.redis-trouble",
            "Redis: failed, refused by the breaker, reconnects",
            "Redirects go on without Redis; the database then carries all of them.",
            Unit.PER_SECOND,
            (
                Query(
                    or_zero(total_rate("redis_command_seconds_count", 'outcome!="succeeded"')),
                    "failed",
                ),
                Query(total_rate("redis_refused_total"), "refused"),
                Query(total_rate("redis_reconnects_total"), "reconnects"),
            ),
        ),
        Panel(
            208,
            "cache.breaker",
            "Redis: breaker open",
            "1 while an instance does not even ask.",
            Unit.COUNT,
            (Query("max_over_time(redis_breaker_open[4s])", "{{instance}}"),),
        ),
        Panel(
            209,
            "cache.near",
            "Near cache: entries, and those that Redis told us to forget",
            "Zero entries where the near cache is off.",
            Unit.COUNT,
            (
                Query("redirect_near_entries", "entries {{instance}}"),
                Query(rate("redirect_near_dropped_total"), "dropped/s {{instance}}"),
            ),
        ),
    ),
)
