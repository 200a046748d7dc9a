"""The few marks a plot is made of, as SVG text; colours come from CSS, so that both themes work.

A plot is 460 wide on purpose: two stand beside each other on a desk, one fills a phone, and the
letters stay readable on both.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from labs.report.series import Dot, Points

WIDTH, HEIGHT = 460, 230
LEFT, TOP, BOTTOM = 46, 26, 26
CHAR_PX = 6.1
LANE_PX = 14


@dataclass(frozen=True, slots=True)
class Axes:
    """The rectangle that is drawn into, and what its sides stand for."""

    length_s: float
    top: float
    low: float = 0.0  # above 0 the axis is logarithmic
    lanes: int = 0  # lines of fault names above the plot
    right: int = 52  # room for the names of lines

    @property
    def roof(self) -> float:
        """Return the y of the upper edge."""
        return TOP + self.lanes * LANE_PX

    @property
    def floor(self) -> float:
        """Return the y of the lower edge."""
        return HEIGHT - BOTTOM + self.lanes * LANE_PX

    def x(self, at_s: float) -> float:
        """Return where a moment is."""
        share = min(max(at_s / self.length_s, 0.0), 1.0) if self.length_s else 0.0
        return LEFT + share * (WIDTH - LEFT - self.right)

    def y(self, value: float) -> float:
        """Return where a value is; what is outside stands on the edge."""
        if self.low > 0:
            share = math.log(max(value, self.low) / self.low) / math.log(self.top / self.low)
        else:
            share = value / self.top if self.top else 0.0
        return self.floor - min(max(share, 0.0), 1.0) * (self.floor - self.roof)


def svg(axes: Axes, name: str, described: str, marks: Iterable[str]) -> Markup:
    """Wrap marks into a picture that a screen reader can name."""
    height = HEIGHT + axes.lanes * LANE_PX
    body = "".join(marks)
    return Markup(  # noqa: S704 - every text in `marks` went through escape()
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" class="plot" '
        f'aria-label="{escape(name)}: {escape(described)}">{body}</svg>'
    )


def text(x: float, y: float, words: str, css: str = "", anchor: str = "start") -> str:
    """Return one label."""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" class="{css}" text-anchor="{anchor}">{escape(words)}</text>'
    )


def grid(axes: Axes, ticks: Sequence[float], unit: str) -> str:
    """Return horizontal lines with their values, and the seconds below."""
    out = []
    for tick in ticks:
        y = axes.y(tick)
        out.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - axes.right}" class="grid"/>')
        out.append(text(LEFT - 6, y + 4, f"{tick:g}", "tick", "end"))
    step = next(s for s in (1, 2, 5, 10, 30, 60, 120) if axes.length_s / s <= 9)
    for second in range(0, int(axes.length_s) + 1, step):
        label = f"{second} s" if second == 0 else str(second)
        out.append(text(axes.x(second), axes.floor + 16, label, "tick", "middle"))
    out.append(text(2, TOP - 12, unit, "tick"))
    return "".join(out)


def shade(axes: Axes, windows: Sequence[tuple[float, float, str]]) -> str:
    """Return the stretches in which a fault was on, each with its name in a lane above."""
    out = []
    for lane, (from_s, to_s, name) in enumerate(windows):
        x, end = axes.x(from_s), axes.x(to_s)
        wide = max(end - x, 1.5)
        y = TOP + lane * LANE_PX - 1
        out.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" '
            f'height="{axes.floor - y:.1f}" class="fault"/>'
            f'<path d="M{x:.1f} {y:.1f}h{wide:.1f}" class="fault-edge"/>'
        )
        if lane < axes.lanes:
            out.append(_fault_name(x, wide, y, name))
    return "".join(out)


def _fault_name(x: float, wide: float, y: float, name: str) -> str:
    needs = len(name) * CHAR_PX
    if x + needs > WIDTH - 4 and needs > wide:
        return text(x + wide, y + 11, name, "fault-name", "end")
    return text(x + 3, y + 11, name, "fault-name")


def marks(axes: Axes, moments: Sequence[tuple[float, str]]) -> str:
    """Return numbered marks for what happened at a moment; the list below names them."""
    out = []
    for number, (at_s, _) in enumerate(moments, start=1):
        x = axes.x(at_s)
        out.append(f'<path d="M{x:.1f} {axes.roof:.1f}V{axes.floor:.1f}" class="mark"/>')
        out.append(f'<circle cx="{x:.1f}" cy="{axes.roof + 1:.1f}" r="7" class="mark-dot"/>')
        out.append(text(x, axes.roof + 4.5, str(number), "mark-number", "middle"))
    return "".join(out)


def line(axes: Axes, points: Points, css: str) -> str:
    """Return a line with gaps where nothing was measured; a lone point is a dot."""
    out, pen = [], "M"
    for n, (at_s, value) in enumerate(points):
        if value is None:
            pen = "M"
            continue
        out.append(f"{pen}{axes.x(at_s):.1f} {axes.y(value):.1f}")
        alone = pen == "M" and (n + 1 == len(points) or points[n + 1][1] is None)
        out.append("h0.1" if alone else "")
        pen = "L"
    return f'<path d="{"".join(out)}" class="line {css}"/>' if out else ""


def scatter(axes: Axes, dots: Sequence[Dot], css: str) -> str:
    """Return every request as a dot; the ones that failed are crosses."""
    good = "".join(f"M{axes.x(d.at_s):.1f} {axes.y(d.took_ms):.1f}h0" for d in dots if d.good)
    bad = "".join(
        f"M{axes.x(d.at_s) - 2.5:.1f} {axes.y(d.took_ms) - 2.5:.1f}l5 5m0 -5l-5 5"
        for d in dots
        if not d.good
    )
    crosses = f'<path d="{bad}" class="failed"/>' if bad else ""
    return f'<path d="{good}" class="dots {css}"/>{crosses}'


def end_labels(axes: Axes, lines: Sequence[tuple[str, Points]]) -> str:
    """Return each line's name at its right end, moved apart where they would overlap."""
    ends = sorted(
        (axes.y(value), axes.x(at_s), name)
        for name, points in lines
        for at_s, value in [_last(points)]
        if value is not None
    )
    apart = [ends[0][0]] if ends else []
    for y, _, _ in ends[1:]:
        apart.append(max(y, apart[-1] + 13))
    up = max(0.0, max(apart, default=0.0) - axes.floor)
    return "".join(
        text(x + 7, at - up + 4, name, f"label {name}")
        for at, (_, x, name) in zip(apart, ends, strict=True)
    )


def peak(axes: Axes, points: Points, css: str, say: Callable[[float], str]) -> str:
    """Return the highest value of a line, written at its place."""
    measured = [(value, at_s) for at_s, value in points if value is not None]
    if not measured:
        return ""
    value, at_s = max(measured, key=lambda point: point[0])
    anchor = "start" if axes.x(at_s) < LEFT + 40 else "middle"
    y = axes.y(value) - 6
    return text(axes.x(at_s), y, say(value), f"peak {css}", anchor)


def log_ticks(low: float, top: float) -> list[float]:
    """Return the powers of ten within an axis."""
    powers = range(math.ceil(math.log10(low)), math.floor(math.log10(top)) + 1)
    return [10.0**power for power in powers]


def _last(points: Points) -> tuple[float, float | None]:
    return next(((x, y) for x, y in reversed(points) if y is not None), (0.0, None))
