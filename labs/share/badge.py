"""The badge: how many labs somebody solved, as SVG that stands by itself."""

from __future__ import annotations

from html import escape

_PX_PER_LETTER, _PAD_PX = 7, 9
_TEMPLATE = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="20" role="img" '
    'aria-label="{label}: {value}"><title>{label}: {value}</title>'
    '<rect width="{width}" height="20" rx="3" fill="#33373d"/>'
    '<path d="M{left} 0h{rest}a3 3 0 0 1 3 3v14a3 3 0 0 1-3 3h-{rest}z" fill="#0b61a4"/>'
    '<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" '
    'text-anchor="middle"><text x="{label_at}" y="14">{label}</text>'
    '<text x="{value_at}" y="14">{value}</text></g></svg>\n'
)


def badge(solved: int, of: int) -> str:
    """Return the SVG."""
    label, value = "Short Circuit", f"{solved} of {of} labs"
    left, right = (len(text) * _PX_PER_LETTER + 2 * _PAD_PX for text in (label, value))
    return _TEMPLATE.format(
        width=left + right,
        left=left,
        rest=right - 3,
        label=escape(label),
        value=escape(value),
        label_at=left / 2,
        value_at=left + right / 2,
    )
