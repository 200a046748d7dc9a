"""From figures to what ECharts draws: plain data, no JavaScript in it."""

from collections.abc import Sequence
from typing import Any

from labs.console.charts.drawing import Drawing
from labs.console.charts.ends import axis_of, offsets_px
from labs.console.charts.look import Look
from labs.engine.prometheus import Series

MOST_LABELS = 8
NAME_PX, NAME_PX_NARROW = 150, 84
CHAR_PX = 7.2
TOP_PX, TIMES_PX = 34, 32
UPDATE_MS = 200


def option(drawing: Drawing, look: Look) -> dict[str, Any]:
    """Return ECharts' option; `setOption(option, {notMerge: true})` shows it as a whole."""
    theme = look.theme
    return {
        "animation": look.moves,
        "animationDuration": 0,
        "animationDurationUpdate": UPDATE_MS if look.moves else 0,
        "backgroundColor": theme.background,
        "textStyle": {"color": theme.ink},
        "aria": {"enabled": True, "label": {"description": drawing.says}},
        "grid": _grid(drawing, look),
        "tooltip": _tooltip(look),
        "xAxis": _time_axis(drawing, look),
        "yAxis": _value_axis(drawing, look),
        "series": [*_lines(drawing, look), _marks(drawing, look)],
    }


def _grid(drawing: Drawing, look: Look) -> dict[str, Any]:
    """Leave room at the right for the names of the lines."""
    longest = max((len(one.name) for one in drawing.series), default=0)
    right = min(round(longest * CHAR_PX), _name_px(look)) + 18
    return {"left": 8, "top": TOP_PX, "bottom": 8, "right": right, "containLabel": True}


def _time_axis(drawing: Drawing, look: Look) -> dict[str, Any]:
    return {
        "type": "time",
        "min": drawing.window.begins_s * 1000,
        "max": drawing.window.ends_s * 1000,
        "splitNumber": 2 if look.narrow else 4,
        "axisLabel": {
            "formatter": "{HH}:{mm}:{ss}",
            "color": look.theme.quiet,
            "hideOverlap": True,
        },
        "axisLine": {"lineStyle": {"color": look.theme.quiet}},
        "splitLine": {"show": False},
    }


def _value_axis(drawing: Drawing, look: Look) -> dict[str, Any]:
    word, axis = drawing.scale.word, axis_of(drawing)
    return {
        "type": "value",
        "min": axis.low,
        "max": axis.top,
        "axisLabel": {"formatter": f"{{value}} {word}".rstrip(), "color": look.theme.quiet},
        "splitLine": {"lineStyle": {"color": look.theme.grid}},
    }


def _tooltip(look: Look) -> dict[str, Any]:
    return {
        "trigger": "axis",
        "transitionDuration": 0.2 if look.moves else 0,
        "backgroundColor": look.theme.background,
        "borderColor": look.theme.quiet,
        "textStyle": {"color": look.theme.ink},
        "confine": True,
        "order": "valueDesc",
    }


def _lines(drawing: Drawing, look: Look) -> list[dict[str, Any]]:
    named = _named(drawing.series)
    moved = offsets_px(drawing, named, look.height_px - TOP_PX - TIMES_PX)
    return [
        {
            "id": f"line-{number}-{one.name}",
            "name": one.name,
            "type": "line",
            "data": _points(drawing, one),
            "showSymbol": _lonely(one),
            "symbol": "circle",
            "symbolSize": 5,
            "connectNulls": False,
            "color": look.colour(number),
            "lineStyle": {"width": 2, "type": look.dash(number), "color": look.colour(number)},
            "endLabel": _end_label(look, number, moved.get(one.name)),
            "emphasis": {"focus": "series"},
        }
        for number, one in enumerate(drawing.series)
    ]


def _points(drawing: Drawing, one: Series) -> list[list[float | None]]:
    shown = drawing.scale.shown
    return [
        [second * 1000, None if value is None else shown(value)]
        for second, value in zip(drawing.window.seconds, one.values, strict=True)
    ]


def _lonely(one: Series) -> bool:
    """Whether a value stands alone between gaps: a line through one point is not seen."""
    padded = (None, *one.values, None)
    return any(
        value is not None and before is None and after is None
        for before, value, after in zip(padded, padded[1:], padded[2:], strict=False)
    )


def _named(series: Sequence[Series]) -> list[Series]:
    """Return the lines that get a name at their end: the highest, as many as have room."""
    return sorted(series, key=lambda one: -(one.highest or 0.0))[:MOST_LABELS]


def _end_label(look: Look, number: int, moved_px: float | None) -> dict[str, Any]:
    return {
        "show": moved_px is not None,
        "formatter": "{a}",  # the name: a route has braces of its own
        "width": _name_px(look),
        "overflow": "truncate",
        "color": look.colour(number),
        "fontWeight": "bold",
        "distance": 6,
        "offset": [0, moved_px or 0],
    }


def _marks(drawing: Drawing, look: Look) -> dict[str, Any]:
    """Return the line without points that carries what belongs to no line: faults and the limit."""
    marks: dict[str, Any] = {
        "id": "marks",
        "name": "",
        "type": "line",
        "data": [],
        "silent": True,
        "tooltip": {"show": False},
        "markArea": _fault_areas(drawing, look),
    }
    if drawing.panel.limit is not None:
        marks["markLine"] = _limit_line(drawing, drawing.panel.limit, look)
    return marks


def _fault_areas(drawing: Drawing, look: Look) -> dict[str, Any]:
    return {
        "silent": True,
        "animation": False,
        "itemStyle": {
            "color": look.theme.fault,
            "borderColor": look.theme.fault_ink,
            "borderWidth": 1,
            "borderType": "dashed",
        },
        "label": {"color": look.theme.fault_ink, "position": "top", "overflow": "truncate"},
        "data": [
            [{"name": one.name, "xAxis": one.from_s * 1000}, {"xAxis": one.to_s * 1000}]
            for one in drawing.shades
        ],
    }


def _limit_line(drawing: Drawing, limit: float, look: Look) -> dict[str, Any]:
    return {
        "silent": True,
        "animation": False,
        "symbol": "none",
        "lineStyle": {"color": look.theme.limit, "type": [3, 3], "width": 1.5},
        "label": {
            "formatter": f"limit {drawing.scale.said(limit)}",
            "position": "insideStartTop",
            "color": look.theme.limit,
        },
        "data": [{"yAxis": drawing.scale.shown(limit)}],
    }


def _name_px(look: Look) -> int:
    return NAME_PX_NARROW if look.narrow else NAME_PX
