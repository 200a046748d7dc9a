"""Objectives, error budget, burn rate. The rules that record these are in `dashboards/rules/`."""

from dashboards.panel import Board, Panel, Query, Unit, or_zero

BUDGET = 0.001
"""Availability objective of 99.9 %: one in a thousand requests may fail."""
SLOW_BUDGET = 0.01
"""Latency objective of 99 %: one in a hundred may take longer than 100 ms."""

BOARD = Board(
    uid="slo",
    title="Objectives and error budget",
    says="Are we spending the budget faster than we may?",
    panels=(
        Panel(
            801,
            "slo.availability",
            "Requests that were answered, at the edge",
            "Over one minute; the objective is 99.9 %.",
            Unit.SHARE,
            (Query("1 - slo:errors:ratio_1m", "answered"),),
            limit=1 - BUDGET,
        ),
        Panel(
            802,
            "slo.quick",
            "Redirects within 100 ms",
            "Over one minute; the objective is 99 %.",
            Unit.SHARE,
            (Query("1 - slo:slow:ratio_1m", "quick"),),
            limit=1 - SLOW_BUDGET,
        ),
        Panel(
            803,
            "slo.burn-rate",
            "Burn rate: errors",
            "1 spends the budget exactly by the end of its period. 14.4 pages, 6 opens a ticket.",
            Unit.COUNT,
            tuple(
                Query(f"slo:errors:ratio_{window} / {BUDGET}", window)
                for window in ("5s", "1m", "30s", "6m")
            ),
            limit=14.4,
        ),
        Panel(
            804,
            "slo.burn-rate-slow",
            "Burn rate: slow answers",
            "The same for the latency objective.",
            Unit.COUNT,
            tuple(
                Query(f"slo:slow:ratio_{window} / {SLOW_BUDGET}", window)
                for window in ("5s", "1m", "30s", "6m")
            ),
            limit=14.4,
        ),
        Panel(
            805,
            "slo.budget-left",
            "Error budget that the last hour left",
            "1: nothing was spent. Below 0: the hour spent more than an hour may.",
            Unit.SHARE,
            (
                Query(f"1 - slo:errors:ratio_1h / {BUDGET}", "errors"),
                Query(f"1 - slo:slow:ratio_1h / {SLOW_BUDGET}", "slow"),
            ),
        ),
        Panel(
            806,
            "slo.alerts",
            "Alerts that fire",
            "How many, now.",
            Unit.COUNT,
            (Query(or_zero('count(ALERTS{alertstate="firing"})'), "firing"),),
        ),
    ),
)
