"""Small charts out of block characters, for a terminal."""

import math
from collections.abc import Sequence

EIGHTHS = " ▁▂▃▄▅▆▇█"
ASCII = " .:-=+*%@"
NOTHING = "·"


def bars(
    values: Sequence[float | None], top: float, rows: int = 1, *, ascii_only: bool = False
) -> list[str]:
    """Draw one column per value, `rows` lines high, the upper line first.

    A value of None is a dot on the ground: nothing was measured, which is not the same as zero.
    Whatever is more than zero shows at least an eighth, so that one error is never invisible.
    """
    marks = ASCII if ascii_only else EIGHTHS
    drawn = []
    for row in reversed(range(rows)):
        line = "".join(_cell(value, top, row, rows, marks) for value in values)
        drawn.append(line)
    return drawn


def _cell(value: float | None, top: float, row: int, rows: int, marks: str) -> str:
    if value is None:
        return NOTHING if row == 0 else " "
    if value <= 0 or top <= 0:
        return " "
    eighths = max(1, round(min(value / top, 1.0) * rows * 8))
    return marks[min(max(eighths - row * 8, 0), 8)]


def nice_top(values: Sequence[float | None], at_least: float = 1.0) -> float:
    """Return a round number that all values fit under: 1, 2 or 5 times a power of ten."""
    highest = max([value for value in values if value is not None], default=0.0)
    highest = max(highest, at_least)
    power = 10.0 ** math.floor(math.log10(highest))
    return next(step * power for step in (1.0, 2.0, 5.0, 10.0) if step * power >= highest)


def span_line(windows: Sequence[tuple[int, int, str]], width: int) -> str:
    """Draw stretches of columns with their names: `|-- distance --|`."""
    line = [" "] * width
    for start, end, name in windows:
        first, last = max(0, start), min(width - 1, end - 1)
        if last < first:
            continue
        line[first : last + 1] = "-" * (last - first + 1)
        if start >= 0:
            line[first] = "|"
        if end <= width:
            line[last] = "|"
        room = last - first - 3
        label = f" {name} " if len(name) <= room else (name[:room] if room > 0 else "")
        begin = first + (last - first + 1 - len(label)) // 2
        line[begin : begin + len(label)] = label
    return "".join(line)
