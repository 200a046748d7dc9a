"""One chart's worth of figures: asked for once, then drawn, told and tabled from this."""

from dataclasses import dataclass
from functools import cached_property

from labs.console.charts.board import Panel
from labs.console.charts.faults import Shade
from labs.console.charts.prometheus import Prometheus
from labs.console.charts.units import Scale, scale_of
from labs.console.charts.window import Window
from labs.engine.prometheus import Series


@dataclass(frozen=True)
class Drawing:
    """A panel over a window: its lines and the faults that were on."""

    panel: Panel
    window: Window
    series: tuple[Series, ...]
    shades: tuple[Shade, ...] = ()

    @cached_property
    def scale(self) -> Scale:
        """How its values are shown."""
        highs = [one.highest for one in self.series if one.highest is not None]
        return scale_of(self.panel.unit, max(highs, default=None))

    @property
    def says(self) -> str:
        """The chart in one sentence, for those who do not see it."""
        if not self.series:
            return f"{self.panel.title}: nothing was recorded."
        said = self.scale.said
        lines = [f"{s.name} now {said(s.last)}, highest {said(s.highest)}" for s in self.series]
        faults = [f"{shade.name} was on" for shade in self.shades]
        return f"{self.panel.title}: {'; '.join([*lines, *faults])}."


async def draw(
    prometheus: Prometheus, panel: Panel, window: Window, shades: tuple[Shade, ...] = ()
) -> Drawing:
    """Ask for a panel's figures. Trouble when Prometheus does not answer."""
    return Drawing(panel, window, tuple(await prometheus.ask(panel, window)), shades)
