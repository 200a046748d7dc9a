"""The picture: offered load against goodput and latency, and goodput against what is in flight."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from labs.knee.experiment import Measured

_MEASURED, _LAW, _BOUND, _KNEE = "#1f4e79", "#c45a1a", "#777777", "#2e7d32"


def draw(measured: Measured) -> Figure:
    """Draw three panels; each says in words what its lines are."""
    figure = Figure(figsize=(12, 4.2), layout="constrained")
    goodput, latency, in_flight = figure.subplots(1, 3)
    _goodput(goodput, measured)
    _latency(latency, measured)
    _in_flight(in_flight, measured)
    for axes in (goodput, latency, in_flight):
        axes.grid(alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(fontsize=8, frameon=False)
    return figure


def _goodput(axes: Axes, measured: Measured) -> None:
    offered = [p.offered_rps for p in measured.points]
    most = max(offered) * 1.05
    axes.plot([0, most], [0, most], ":", color=_BOUND, label="all that is offered")
    ceiling = measured.bound.ceiling_rps
    axes.axhline(ceiling, ls="--", color=_BOUND, label=f"Little's-law bound, {ceiling:.0f}/s")
    goodput = [p.goodput_rps for p in measured.points]
    axes.plot(offered, goodput, "o-", color=_MEASURED, label="goodput, measured")
    _mark(axes, measured)
    axes.set(xlabel="offered load, requests/s", ylabel="goodput, answers/s", xlim=0, ylim=0)


def _latency(axes: Axes, measured: Measured) -> None:
    offered = [p.offered_rps for p in measured.points]
    axes.plot(offered, [p.p99_ms for p in measured.points], "s-", color=_LAW, label="p99")
    axes.plot(offered, [p.p50_ms for p in measured.points], "o-", color=_MEASURED, label="p50")
    alone_ms = measured.bound.alone_s * 1000
    axes.axhline(alone_ms, ls="--", color=_BOUND, label=f"a request alone, {alone_ms:.0f} ms")
    _mark(axes, measured)
    axes.set(xlabel="offered load, requests/s", ylabel="latency, ms", xlim=0, ylim=0)


def _in_flight(axes: Axes, measured: Measured) -> None:
    in_flight = [p.in_flight for p in measured.points]
    steps = np.linspace(0.5, max(in_flight) * 1.05, 300)
    bound, law = measured.bound, measured.law
    axes.plot(steps, _each(bound.throughput, steps), "--", color=_BOUND, label="Little's-law bound")
    if law is not None:
        words = f"USL: contention {law.contention:.3f}, crosstalk {law.crosstalk:.5f}"
        axes.plot(steps, _each(law.throughput, steps), color=_LAW, label=words)
    goodput = [p.goodput_rps for p in measured.points]
    axes.plot(in_flight, goodput, "o", color=_MEASURED, label="measured")
    axes.axvline(bound.places, ls=":", color=_KNEE, label=f"{bound.places} places")
    axes.set(xlabel="requests in flight (N)", ylabel="goodput, answers/s", xlim=0, ylim=0)


def _each(curve: Callable[[float], float], at: np.ndarray) -> list[float]:
    return [curve(float(value)) for value in at]


def _mark(axes: Axes, measured: Measured) -> None:
    if measured.at is not None:
        rps = measured.at.offered_rps
        axes.axvline(rps, ls=":", color=_KNEE, label=f"knee, {rps:.0f}/s")


def svg(figure: Figure) -> str:
    """Return the picture as text that can stand inside a page."""
    out = io.StringIO()
    figure.savefig(out, format="svg", metadata={"Date": None})
    drawn = out.getvalue()
    return drawn[drawn.index("<svg") :]


def save(figure: Figure, folder: Path) -> None:
    """Write knee.svg and knee.png."""
    figure.savefig(folder / "knee.svg", metadata={"Date": None})
    figure.savefig(folder / "knee.png", dpi=110)
