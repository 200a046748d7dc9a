"""The measured knee in words, as JSON, and as one page that needs nothing else."""

import math
from collections.abc import Iterator
from html import escape
from typing import Any

from jinja2 import Template

from labs.knee.experiment import Measured

_PAGE = Template(
    """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>The knee</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem;
       color: #222; background: #fff }
svg { width: 100%; height: auto }
table { border-collapse: collapse; font-variant-numeric: tabular-nums }
th, td { padding: .2rem .8rem; text-align: right; border-bottom: 1px solid #ddd }
</style></head><body>
<h1>The knee</h1>
{% for sentence in sentences %}<p>{{ sentence }}</p>
{% endfor %}{{ picture }}
<table><thead><tr><th>offered/s</th><th>goodput/s</th><th>failed/s</th><th>in flight</th>
<th>p50 ms</th><th>p99 ms</th><th>generator</th><th>keeps up</th></tr></thead><tbody>
{% for p in points %}<tr><td>{{ "%.1f"|format(p.offered_rps) }}</td>
<td>{{ "%.1f"|format(p.goodput_rps) }}</td><td>{{ "%.1f"|format(p.failed_rps) }}</td>
<td>{{ "%.1f"|format(p.in_flight) }}</td><td>{{ "%.0f"|format(p.p50_ms) }}</td>
<td>{{ "%.0f"|format(p.p99_ms) }}</td>
<td>{{ "%.0f"|format(100 * p.generator_cpu_share) }} %</td>
<td>{{ "yes" if p.keeps_up else "no" }}</td></tr>
{% endfor %}</tbody></table>
<p>In flight is the mean number of requests under way. Latency counts from the planned moment. The
generator's column is its share of one core: above 70 % the measurement would have been refused.</p>
</body></html>
"""
)


def sentences(measured: Measured) -> Iterator[str]:
    """Say what was measured; no sentence claims more than the figures show."""
    bound, law = measured.bound, measured.law
    yield (
        f"Redirects of links that nobody has visited yet: each must be read from the database. Its"
        f" answers were made {measured.wire_ms} ms late, and {bound.places} links are read at once."
        f" Alone, a request takes {bound.alone_s * 1000:.0f} ms, and for"
        f" {bound.hold_s * 1000:.0f} ms of them it holds one of these places (measured), so"
        f" Little's law allows at most {bound.places} / {bound.hold_s:.3f} s ="
        f" {bound.ceiling_rps:.0f} a second."
    )
    if measured.at is not None and measured.bends:
        last = measured.points[-1]
        yield (
            f"Goodput follows the offered load up to {measured.at.offered_rps:.0f} a second (the"
            f" knee; p99 {measured.at.p99_ms:.0f} ms there). Then more load brings no more answers:"
            f" {last.offered_rps:.0f} a second offered, {last.goodput_rps:.0f} answered,"
            f" p99 {last.p99_ms:.0f} ms."
        )
    else:
        yield "Goodput followed the offered load to the last step: no knee was found."
    if law is not None:
        peak = law.peak_in_flight
        most = f"with a peak at {peak:.0f} in flight" if math.isfinite(peak) else "without a peak"
        yield (
            f"Fitted universal scalability law: {law.rate:.1f}/s for one alone, contention"
            f" {law.contention:.4f}, crosstalk {law.crosstalk:.6f}, {most}"
            f" (R² {law.r_squared:.3f})."
        )


def as_json(measured: Measured) -> dict[str, Any]:
    """Return everything, for programs."""
    bound, law, at = measured.bound, measured.law, measured.at
    peak = law.peak_in_flight if law is not None else math.inf
    return {
        "bends": measured.bends,
        "knee_rps": round(at.offered_rps, 1) if at is not None and measured.bends else None,
        "best_goodput_rps": round(max(p.goodput_rps for p in measured.points), 1),
        "little": {
            "places": bound.places,
            "hold_ms": round(bound.hold_s * 1000, 1),
            "alone_ms": round(bound.alone_s * 1000, 1),
            "ceiling_rps": round(bound.ceiling_rps, 1),
        },
        "usl": None
        if law is None
        else {
            "rate_rps": round(law.rate, 3),
            "contention": round(law.contention, 6),
            "crosstalk": round(law.crosstalk, 8),
            "peak_in_flight": round(peak, 1) if math.isfinite(peak) else None,
            "r_squared": round(law.r_squared, 4),
        },
        "wire_ms": measured.wire_ms,
        "code": measured.code,
        "seconds": measured.seconds,
        "steps": [point.as_json() for point in measured.points],
    }


def html(measured: Measured, picture: str) -> str:
    """Return the page; `picture` is the SVG that stands in it."""
    said = [escape(sentence) for sentence in sentences(measured)]
    page: str = _PAGE.render(sentences=said, picture=picture, points=measured.points)
    return page
