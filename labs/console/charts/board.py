"""Reads `dashboards/generated/*.json`: the very documents that Grafana provisions.

Only a subset of what Grafana can draw is understood, and it has a name: `KINDS`, `UNITS`, `MODES`.
A panel outside of it is an `Unsupported`, never a chart that leaves something out in silence.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import dashboards
from dashboards.panel import Unit

GENERATED = Path(dashboards.__file__).parent / "generated"
KINDS = frozenset({"timeseries"})
UNITS = frozenset(unit.value for unit in Unit)
MODES = frozenset({"absolute"})  # of thresholds
_NAME = re.compile(r"\n\nIn the labs: `([a-z0-9.-]+)`$")
_AGO = re.compile(r"now-(\d+)([smh])")
_SECONDS = {"s": 1, "m": 60, "h": 3600}


class Unsupported(ValueError):  # noqa: N818 - the message is the sentence
    """A dashboard asks for something that these charts do not draw."""


@dataclass(frozen=True, slots=True)
class Target:
    """One PromQL expression and how its lines are called (`{{label}}` is filled in)."""

    expr: str
    legend: str


@dataclass(frozen=True, slots=True)
class Panel:
    """One chart, as the dashboard has it."""

    number: int
    name: str
    title: str
    says: str
    unit: Unit
    targets: tuple[Target, ...]
    limit: float | None
    from_zero: bool
    wide: bool


@dataclass(frozen=True, slots=True)
class Board:
    """One dashboard: its panels in reading order, how far back it looks, how often it asks."""

    uid: str
    title: str
    says: str
    panels: tuple[Panel, ...]
    seconds: int
    refresh_s: int


@cache
def boards() -> tuple[Board, ...]:
    """Return every dashboard, in the order of their panels' numbers."""
    found = [read(json.loads(path.read_text())) for path in GENERATED.glob("*.json")]
    return tuple(sorted(found, key=lambda board: board.panels[0].number))


def board(uid: str) -> Board:
    """Return one dashboard (`cache`). KeyError when there is none."""
    return {one.uid: one for one in boards()}[uid]


def panel(name: str) -> Panel:
    """Return one panel by the name that labs use (`cache.loads`). KeyError when there is none."""
    return {one.name: one for board in boards() for one in board.panels}[name]


def read(document: Mapping[str, Any]) -> Board:
    """Read one dashboard.

    Raises:
        Unsupported: it has something that these charts do not draw; the sentence says what.
    """
    if document.get("templating", {}).get("list"):
        raise Unsupported(f"{document['title']}: variables are not filled in here.")
    return Board(
        uid=str(document["uid"]).removeprefix("shortcircuit-"),
        title=str(document["title"]),
        says=str(document.get("description", "")),
        panels=tuple(_panel(one) for one in document["panels"]),
        seconds=_seconds(str(document["time"]["from"])),
        refresh_s=_seconds(f"now-{document['refresh']}"),
    )


def _panel(panel: Mapping[str, Any]) -> Panel:
    title = str(panel["title"])
    said = str(panel.get("description", ""))
    name = _NAME.search(said)
    if panel["type"] not in KINDS:
        raise Unsupported(f"{title}: a panel of the kind {panel['type']!r} is not drawn here.")
    if name is None:
        raise Unsupported(f"{title}: its description does not end with its name in the labs.")
    config = panel["fieldConfig"]
    if config.get("overrides"):
        raise Unsupported(f"{title}: overrides of single fields are not drawn here.")
    defaults = config["defaults"]
    if defaults.get("unit") not in UNITS:
        raise Unsupported(f"{title}: the unit {defaults.get('unit')!r} is not known here.")
    return Panel(
        number=int(panel["id"]),
        name=name[1],
        title=title,
        says=said[: name.start()],
        unit=Unit(defaults["unit"]),
        targets=tuple(_target(title, one) for one in panel["targets"]),
        limit=_limit(title, defaults.get("thresholds")),
        from_zero=defaults.get("min") == 0,
        wide=int(panel["gridPos"]["w"]) > 12,
    )


def _target(title: str, target: Mapping[str, Any]) -> Target:
    if target["datasource"]["type"] != "prometheus" or not target.get("range"):
        raise Unsupported(f"{title}: only range queries to Prometheus are drawn here.")
    return Target(str(target["expr"]), str(target["legendFormat"]))


def _limit(title: str, thresholds: Mapping[str, Any] | None) -> float | None:
    if thresholds is None:
        return None
    limits = [step["value"] for step in thresholds["steps"] if step["value"] is not None]
    if thresholds["mode"] not in MODES or len(limits) != 1:
        raise Unsupported(f"{title}: one absolute threshold is drawn here, no other.")
    return float(limits[0])


def _seconds(ago: str) -> int:
    matched = _AGO.fullmatch(ago)
    if matched is None:
        raise Unsupported(f"A dashboard's time {ago!r} is not understood here.")
    return int(matched[1]) * _SECONDS[matched[2]]
