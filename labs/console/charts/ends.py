"""Where lines end: how far the value axis reaches, and the names at the ends kept apart.

ECharts moves labels that overlap, but not those at the ends of lines, and it would have to be asked
after drawing where an axis ends. So the axis is chosen here, and the names are moved here.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from labs.console.charts.drawing import Drawing
from labs.engine.chart import nice_top
from labs.engine.prometheus import Series

GAP_PX = 14
NEAR_LIMIT = 0.25  # an axis reaches up to the limit once a line has come this near to it
_STEPS = (1, 2, 2.5, 5, 10)
_TICKS = 4


@dataclass(frozen=True, slots=True)
class Axis:
    """From `low` to `top`, in the numbers that are shown."""

    low: float
    top: float

    def y_px(self, value: float, height_px: float) -> float:
        """Return how far below the upper edge a value is."""
        return (self.top - value) / (self.top - self.low) * height_px


def axis_of(drawing: Drawing) -> Axis:
    """Choose the axis: from zero where the panel says so, else around what was measured."""
    shown = drawing.scale.shown
    values = [shown(v) for one in drawing.series for v in one.values if v is not None]
    limit = drawing.panel.limit
    highest = max(values, default=0.0)
    if limit is not None and shown(limit) * NEAR_LIMIT <= highest:
        values.append(shown(limit))
    if drawing.panel.from_zero:
        return Axis(0.0, nice_top(values, 1e-3) if any(values) else 1.0)  # nothing: no tiny steps
    return _around(min(values, default=0.0), max(values, default=1.0))


def _around(lowest: float, highest: float) -> Axis:
    """Return whole steps around both; a flat line is in the middle."""
    if highest - lowest < 1e-9:
        lowest, highest = lowest - 0.5, highest + 0.5
    wide = (highest - lowest) / _TICKS
    power = 10 ** math.floor(math.log10(wide))
    step = next(power * s for s in _STEPS if power * s >= wide * 0.999)
    return Axis(math.floor(lowest / step) * step, math.ceil(highest / step) * step)


def offsets_px(drawing: Drawing, named: Sequence[Series], height_px: float) -> dict[str, float]:
    """Return how far each name is moved down (or up) so that no two stand on one another."""
    axis, shown = axis_of(drawing), drawing.scale.shown
    ends = sorted(
        (axis.y_px(shown(s.last), height_px), s.name) for s in named if s.last is not None
    )
    apart: list[float] = []
    for y, _ in ends:
        apart.append(max(y, apart[-1] + GAP_PX) if apart else y)
    floor = height_px
    for n in reversed(range(len(apart))):  # what was pushed out below pushes the others up
        apart[n] = min(apart[n], floor)
        floor = apart[n] - GAP_PX
    return {name: round(at - y, 1) for at, (y, name) in zip(apart, ends, strict=True)}
