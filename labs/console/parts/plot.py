"""A small picture of a run as it goes: what was asked for, what was served, how long it took."""

from __future__ import annotations

from collections.abc import Sequence

from labs.console.under_way import Second

WIDTH, HEIGHT = 600, 74
LEAST_SECONDS = 8.0


def plot(seconds: Sequence[Second], length_s: float) -> str:
    """Return an SVG; the figures beside it say the same in words."""
    across = max(length_s, LEAST_SECONDS, seconds[-1].number + 1.0)
    highest = max([1, *(one.offered for one in seconds), *(one.good for one in seconds)])
    slowest = max([1.0, *(one.p99_ms or 0.0 for one in seconds)])
    asked = _line([(s.number, s.offered / highest) for s in seconds], across)
    served = _line([(s.number, s.good / highest) for s in seconds], across)
    waited = _line([(s.number, (s.p99_ms or 0.0) / slowest) for s in seconds], across)
    return (
        f'<svg class="spark-lines" viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" '
        'aria-hidden="true">'
        f'<polyline points="{asked}" fill="none" stroke="var(--edge)" stroke-width="2" '
        'stroke-dasharray="5 4" vector-effect="non-scaling-stroke"/>'
        f'<polyline points="{served}" fill="none" stroke="var(--accent)" stroke-width="2.5" '
        'vector-effect="non-scaling-stroke"/>'
        f'<polyline points="{waited}" fill="none" stroke="var(--spark)" stroke-width="2" '
        'stroke-dasharray="2 3" vector-effect="non-scaling-stroke"/></svg>'
        '<span class="small soft">dashed: asked · solid: served · dotted: p99</span>'
    )


def _line(points: Sequence[tuple[float, float]], across: float) -> str:
    floor = HEIGHT - 3
    return " ".join(
        f"{(second + 0.5) / across * WIDTH:.1f},{floor - share * (floor - 3):.1f}"
        for second, share in points
    )
