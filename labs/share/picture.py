"""The picture: how long people waited over the same timeline, before and after."""

from __future__ import annotations

import math
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator, ScalarFormatter

from labs.engine.recorded import RecordedRun
from labs.report import series
from labs.share.summary import Summary

WIDTH_PX, HEIGHT_PX, DPI = 1200, 630, 100
_GROUND, _INK, _SOFT, _RULE = "#16181b", "#f4f4f2", "#a9a9a4", "#3a3d42"
_BEFORE, _AFTER = "#f0883e", "#58a6ff"
TITLE_WIDTH = 44


def draw(summary: Summary, before: RecordedRun, after: RecordedRun, out: Path) -> Path:
    """Write the PNG; it holds no text but the summary's, and no metadata."""
    figure = Figure(figsize=(WIDTH_PX / DPI, HEIGHT_PX / DPI), dpi=DPI, facecolor=_GROUND)
    room = _head(figure, summary)
    _plot(figure.add_axes((0.075, 0.2, 0.87, 0.4 + room)), before, after)
    for left, text in ((0.05, summary.outcome), (0.05, f"{summary.learner} {summary.course}")):
        at = 0.075 if text == summary.outcome else 0.03
        figure.text(left, at, text, color=_INK, fontsize=15)
    draft = out.with_name(f".{out.name}")
    figure.savefig(draft, format="png", dpi=DPI, facecolor=_GROUND, metadata={"Software": None})
    draft.replace(out)
    return out


def _head(figure: Figure, summary: Summary) -> float:
    """Write what stands above the plot; return the height that a short title leaves to it."""
    label = f"SHORT CIRCUIT   lab {summary.number:02}"
    figure.text(0.05, 0.93, label, color=_SOFT, fontsize=15, weight="bold")
    lines = summary.title_lines(TITLE_WIDTH)
    room = 0.08 if len(lines) == 1 else 0.0
    for row, line in enumerate(lines):
        figure.text(0.05, 0.835 - 0.09 * row, line, color=_INK, fontsize=29, weight="bold")
    figure.text(0.05, 0.65 + room, summary.waited, color=_INK, fontsize=17)
    return room


def _plot(axes: Axes, before: RecordedRun, after: RecordedRun) -> None:
    axes.set_facecolor(_GROUND)
    for name, run, colour, style in (
        ("before", before, _BEFORE, "--"),
        ("after", after, _AFTER, "-"),
    ):
        points = series.of_slices(run, lambda one: one.latency_ms(99))
        at = [at_s for at_s, _ in points]
        # Nobody asked in that slice: a gap, not a line across it.
        value = [math.nan if ms is None else max(ms, 1.0) for _, ms in points]
        axes.plot(at, value, f"o{style}", color=colour, linewidth=3, markersize=5, label=name)
    axes.set_yscale("log")
    axes.set_ylabel("99 of 100 waited, ms", color=_SOFT, fontsize=12)
    axes.set_xlabel("seconds of the same outage", color=_SOFT, fontsize=12)
    axes.tick_params(which="both", colors=_SOFT, labelsize=12)
    axes.grid(color=_RULE, linewidth=0.7)
    axes.spines[:].set_visible(False)
    axes.yaxis.set_major_formatter(ScalarFormatter())
    axes.yaxis.set_minor_locator(NullLocator())
    legend = {"fontsize": 14, "frameon": False, "labelcolor": _INK, "ncols": 2}
    axes.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), **legend)
