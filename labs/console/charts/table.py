"""The same figures as a table: one row per line of the chart, and one per fault."""

from dataclasses import dataclass

from labs.console.charts.drawing import Drawing
from labs.engine.prometheus import Series

COLUMNS = ("Line", "Now", "Lowest", "Highest", "Highest at")
FAULT_COLUMNS = ("Fault", "What", "On for")


@dataclass(frozen=True, slots=True)
class Table:
    """What an HTML table needs; every cell is text, the first one of a row names it."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def table(drawing: Drawing) -> Table:
    """Return the chart's lines in figures, with their unit."""
    seconds = drawing.window.ends_s - drawing.window.begins_s + 1
    limit = drawing.panel.limit
    needed = f"; limit {drawing.scale.said(limit)}" if limit is not None else ""
    rows = tuple(_row(drawing, one) for one in drawing.series)
    return Table(f"{drawing.panel.title}, {seconds} seconds{needed}", COLUMNS, rows)


def faults(drawing: Drawing) -> Table:
    """Return the faults that are shaded in the chart."""
    rows = tuple((s.name, s.says, f"{s.to_s - s.from_s:.0f} s") for s in drawing.shades)
    return Table("Faults that were on", FAULT_COLUMNS, rows)


def by_second(drawing: Drawing) -> Table:
    """Return every value, second by second, the newest first."""
    names = tuple(one.name for one in drawing.series)
    rows = [
        (_ago(second - drawing.window.ends_s), *cells)
        for second, *cells in zip(
            drawing.window.seconds,
            *([drawing.scale.said(value) for value in one.values] for one in drawing.series),
            strict=True,
        )
    ]
    return Table(f"{drawing.panel.title}, each second", ("When", *names), tuple(reversed(rows)))


def _row(drawing: Drawing, one: Series) -> tuple[str, ...]:
    measured = [value for value in one.values if value is not None]
    lowest = min(measured, default=None)
    said = drawing.scale.said
    return one.name, said(one.last), said(lowest), said(one.highest), _when(drawing, one)


def _when(drawing: Drawing, one: Series) -> str:
    if one.highest is None:
        return "–"
    behind = (len(one.values) - 1 - one.values.index(one.highest)) * drawing.window.step_s
    return _ago(-behind)


def _ago(seconds: int) -> str:
    return "now" if seconds == 0 else f"{-seconds} s ago"
