"""Drawings for tests: a panel of the dashboards with figures that nobody measured."""

from dataclasses import replace

from labs.console.charts import board
from labs.console.charts.drawing import Drawing
from labs.console.charts.faults import Shade
from labs.console.charts.window import Window
from labs.engine.prometheus import Series

WINDOW = Window(1000, 1004)


def drawing(
    *lines: Series, name: str = "overview.latency", shades: tuple[Shade, ...] = (), **panel
) -> Drawing:
    return Drawing(replace(board.panel(name), **panel), WINDOW, lines, shades)


def line(name: str, *values: float | None) -> Series:
    return Series(name, values)


P50 = line("p50", 0.010, 0.011, 0.010, 0.012, 0.011)
P99 = line("p99", 0.040, 0.200, None, 0.310, 0.050)
SLOW_REDIS = Shade("latency-1", "latency on shortener-a.redis (latency=300)", 1001.0, 1003.5)
