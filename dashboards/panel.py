"""What a panel is. No Grafana in here: the lab asks Prometheus for the same queries by itself."""

from dataclasses import dataclass
from enum import StrEnum

WINDOW = "4s"
"""Prometheus scrapes every second. Four samples are the fewest that survive one lost scrape, and a
fault that is on for five seconds still shows its full height."""


class Unit(StrEnum):
    """Grafana's names for units."""

    PER_SECOND = "reqps"
    SECONDS = "s"
    SHARE = "percentunit"
    COUNT = "short"
    BYTES = "bytes"


@dataclass(frozen=True, slots=True)
class Query:
    """One PromQL expression and the name of its lines (`{{label}}` is filled in)."""

    expr: str
    legend: str


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel; `name` and `number` never change once a lab refers to them."""

    number: int
    name: str
    title: str
    says: str
    unit: Unit
    queries: tuple[Query, ...]
    limit: float | None = None
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Board:
    """One dashboard: an area somebody looks at with one question in mind."""

    uid: str
    title: str
    says: str
    panels: tuple[Panel, ...]


def rate(metric: str, labels: str = "", window: str = WINDOW) -> str:
    """Return the increase per second of a counter."""
    return f"rate({metric}{{{labels}}}[{window}])" if labels else f"rate({metric}[{window}])"


def total_rate(metric: str, labels: str = "", by: str = "") -> str:
    """Return the increase per second over all instances, kept apart `by` labels."""
    grouped = f"sum by ({by}) " if by else "sum"
    return f"{grouped}({rate(metric, labels)})"


def or_zero(expr: str) -> str:
    """Return zero where a counter does not exist yet: nothing has happened is an answer."""
    return f"({expr} or vector(0))"


def share(part: str, whole: str) -> str:
    """Return part of whole; not a number while there is no whole, for that is not "all well"."""
    return f"{or_zero(part)} / {or_zero(whole)}"


def quantile(level: float, histogram: str, labels: str = "", by: str = "") -> str:
    """Return the value that a `level` of the observations did not exceed."""
    kept = f"le, {by}" if by else "le"
    return f"histogram_quantile({level}, {total_rate(f'{histogram}_bucket', labels, kept)})"


def quantiles(histogram: str, labels: str = "") -> tuple[Query, ...]:
    """Return p50, p95 and p99 of a histogram."""
    return tuple(
        Query(quantile(level, histogram, labels), f"p{round(level * 100)}")
        for level in (0.5, 0.95, 0.99)
    )
