"""Grafana's units as people read them: one scale for a whole chart, so its axis has one word."""

from dataclasses import dataclass

from dashboards.panel import Unit
from labs.engine.results import spoken

_MB = 1e6


@dataclass(frozen=True, slots=True)
class Scale:
    """What values are multiplied by before they are shown, and the word behind them."""

    factor: float
    word: str

    def shown(self, value: float) -> float:
        """Return the number that stands on the axis; rounded, for it travels as JSON."""
        return float(f"{value * self.factor:.6g}")

    def said(self, value: float | None) -> str:
        """Return a value with its word; a dash where nothing was measured."""
        if value is None:
            return "–"
        figure = spoken(value * self.factor)
        return figure + (self.word if self.word.startswith("/") else f" {self.word}").rstrip()


def scale_of(unit: Unit, highest: float | None) -> Scale:
    """Choose the scale by the highest value of the chart."""
    match unit:
        case Unit.PER_SECOND:
            return Scale(1, "/s")
        case Unit.SECONDS:
            return Scale(1, "s") if (highest or 0.0) >= 1 else Scale(1000, "ms")
        case Unit.SHARE:
            return Scale(100, "%")
        case Unit.BYTES:
            return Scale(1 / _MB, "MB")
        case Unit.COUNT:
            return Scale(1, "")
