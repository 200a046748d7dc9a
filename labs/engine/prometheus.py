"""Asks Prometheus for a panel's queries: the lines that Grafana would draw.

Standard library only: this is imported with the `lab` command, which has to be quick.
"""

import json
import math
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dashboards.panel import WINDOW, Panel, Query
from stack.trouble import Trouble

STEP_S = 1


@dataclass(frozen=True, slots=True)
class Series:
    """One line of a panel: its name and a value per second, none where there was none."""

    name: str
    values: tuple[float | None, ...]

    @property
    def last(self) -> float | None:
        """The newest value."""
        return next((value for value in reversed(self.values) if value is not None), None)

    @property
    def highest(self) -> float | None:
        """The highest value."""
        return max((value for value in self.values if value is not None), default=None)


def ask(url: str, panel: Panel, seconds: int, until_s: float | None = None) -> list[Series]:
    """Return the panel's lines over the last `seconds`, in the order of its queries."""
    ends_s = math.floor(time.time() if until_s is None else until_s)
    found: list[Series] = []
    for query in panel.queries:
        found += _ask(url, query, ends_s - seconds + 1, ends_s)
    return found


def scrapes(url: str) -> int:
    """How often Prometheus has looked, within one window of the panels, where it looked least.

    A look that found nobody counts too: what a service does not tell is its own fault. 0: it has
    not looked at somebody at all, or does not answer. A rate needs 2 (Prometheus manual, `rate`).
    """
    query = f"min(count_over_time(up[{WINDOW}]))"
    path = f"{url}/api/v1/query?{urllib.parse.urlencode({'query': query})}"
    try:
        with urllib.request.urlopen(path, timeout=3) as read:  # noqa: S310 - loopback
            answer = json.load(read)
    except OSError:
        return 0
    return int(next((float(one["value"][1]) for one in answer["data"]["result"]), 0))


def _ask(url: str, query: Query, begins_s: int, ends_s: int) -> list[Series]:
    window = {"start": begins_s, "end": ends_s, "step": STEP_S}
    asked: dict[str, str | int] = {"query": query.expr, **window}
    path = f"{url}/api/v1/query_range?{urllib.parse.urlencode(asked)}"
    try:
        with urllib.request.urlopen(path, timeout=10) as read:  # noqa: S310 - loopback
            answer = json.load(read)
    except urllib.error.HTTPError as error:
        raise Trouble(f"Prometheus refuses the query: {error}.", "./lab status") from error
    except OSError as error:
        raise Trouble("Prometheus does not answer.", "./lab status") from error
    matrix = answer["data"]["result"]
    return [_series(query, one, begins_s, ends_s) for one in matrix]


def _series(query: Query, one: Mapping[str, Any], begins_s: int, ends_s: int) -> Series:
    name = query.legend
    for label, value in one["metric"].items():
        name = name.replace(f"{{{{{label}}}}}", value)
    by_second = {int(at_s): _number(value) for at_s, value in one["values"]}
    seconds = range(begins_s, ends_s + 1, STEP_S)
    return Series(name, tuple(by_second.get(second) for second in seconds))


def _number(text: str) -> float | None:
    value = float(text)
    return value if math.isfinite(value) else None
