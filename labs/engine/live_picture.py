"""What `Live` draws: a few charts of the last seconds, or one line for one second. No I/O."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from labs.engine import chart
from labs.engine.events import Event, Window, windows
from labs.engine.figures import Slice

_MARGIN = 24  # the name, the figure of now, and a space
_SMOOTH_S = 1.0  # the figures beside the charts are over the last second


@dataclass(frozen=True, slots=True)
class Frame:
    """The moment that is drawn, and the space there is."""

    title: str
    now_s: float
    length_s: float
    width: int = 80
    ascii_only: bool = False

    @property
    def columns(self) -> int:
        """How many slices fit beside each other."""
        return max(20, self.width - _MARGIN)


@dataclass(frozen=True, slots=True)
class Row:
    """One chart: its name, the figure of now, and the values to draw."""

    name: str
    figure: str
    values: Sequence[float | None]
    top: float
    rows: int = 1
    style: str = ""


def lines(frame: Frame, recent: Sequence[Slice], events: Sequence[Event]) -> list[tuple[str, str]]:
    """Draw the last seconds, line by line with a colour each (which says nothing by itself)."""
    drawn = [line for row in _charts(recent) for line in _row(frame, row)]
    return [
        (_head(frame), "bold"),
        ("", ""),
        *drawn,
        *((line, "magenta") for line in _fault_rows(frame, recent, events)),
        *((line, "") for line in _marks(events)),
    ]


def _charts(recent: Sequence[Slice]) -> list[Row]:
    load = [s.offered_rps for s in recent]
    good = [s.good_rps for s in recent]
    broken = [s.broken_rps for s in recent]
    refused = [s.refused_rps for s in recent]
    p50 = [s.latency_ms(50) for s in recent]
    p99 = [s.latency_ms(99) for s in recent]
    rps = chart.nice_top([*load, *good, *broken, *refused], 10.0)
    ms = chart.nice_top(p99, 10.0)
    now = _last_second(recent)
    return [
        Row("offered load", _rate(now, lambda s: s.offered_rps), load, rps, style="blue"),
        Row("goodput", _rate(now, lambda s: s.good_rps), good, rps, 2, "cyan"),
        Row("errors", _rate(now, lambda s: s.broken_rps), broken, rps, style="red"),
        *([_refused(now, refused, rps)] if any(refused) else []),
        Row("p50", _worst(now, 50), p50, ms, style="blue"),
        Row("p99", _worst(now, 99), p99, ms, 2, "yellow"),
        Row(f"(full height: {rps:g}/s, {ms:g} ms)", "", (), ms, style="dim"),
    ]


def _refused(now: Sequence[Slice], refused: Sequence[float], top: float) -> Row:
    """404 for a link that is not there is right, and no error: whose fault it is, a person says."""
    return Row("4xx", _rate(now, lambda s: s.refused_rps), refused, top, style="yellow")


def second_line(second: Slice, faults: Iterable[Window]) -> str:
    """Say one second in one line of at most 80 columns, unless faults have long names."""
    start_s, end_s = second.start_s, second.start_s + second.width_s
    on = [fault.name for fault in faults if fault.from_s < end_s and fault.to_s > start_s]
    during = f"  on: {', '.join(dict.fromkeys(on))}" if on else ""
    refused = f"  4xx {second.refused_rps:3.0f}/s" if second.refused else ""
    return (
        f"{start_s:3.0f} s  offered {second.offered_rps:4.0f}/s"
        f"  good {second.good_rps:4.0f}/s  errors {second.broken_rps:3.0f}/s{refused}"
        f"  p50 {_ms(second.latency_ms(50))}  p99 {_ms(second.latency_ms(99))}{during}"
    )


def event_line(event: Event) -> str:
    """Say what happened and when."""
    words = {"fault_on": "fault on", "fault_off": "fault off"}.get(event.kind, event.kind)
    says = f": {event.says}" if event.says else ""
    return f"{event.at_s:4.1f} s  {words}: {event.name}{says}"


def _head(frame: Frame) -> str:
    now_s = min(max(frame.now_s, 0.0), frame.length_s)
    done = now_s / frame.length_s if frame.length_s else 1.0
    width = 20
    full, empty = ("=", ".") if frame.ascii_only else ("━", "╌")
    bar = full * round(done * width) + empty * (width - round(done * width))
    time_words = f"{now_s:5.1f} s of {frame.length_s:.0f} s  {bar}"
    room = frame.width - len(time_words) - 2
    return f"{frame.title[:room]:{room}}  {time_words}" if frame.title else time_words


def _row(frame: Frame, row: Row) -> list[tuple[str, str]]:
    """Draw one chart; its name and figure stand beside the lowest line."""
    drawn = chart.bars(row.values, row.top, row.rows, ascii_only=frame.ascii_only)
    label = f"{row.name:<12} {row.figure:>9}  "
    return [
        (f"{label if number == row.rows - 1 else '':{_MARGIN}}{text}".rstrip(), row.style)
        for number, text in enumerate(drawn)
    ]


def _fault_rows(frame: Frame, recent: Sequence[Slice], events: Sequence[Event]) -> list[str]:
    """One line per fault that is (or was) on in the seconds shown; its bar is under the charts."""
    if not recent:
        return []
    start_s, width_s = recent[0].start_s, recent[0].width_s
    shown: dict[str, list[tuple[int, int, str]]] = {}
    states: dict[str, str] = {}
    for window in windows(events, frame.now_s + width_s):
        begin = round((window.from_s - start_s) / width_s)
        end = round((window.to_s - start_s) / width_s)
        if end > 0:
            shown.setdefault(window.name, []).append((begin, max(end, begin + 1), window.name))
            states[window.name] = "ON" if window.to_s > frame.now_s else "off"
    return [
        f"{'fault':<12} {states[name]:>9}  {chart.span_line(bars, len(recent))}".rstrip()
        for name, bars in shown.items()
    ]


def _marks(events: Sequence[Event], most: int = 3) -> list[str]:
    """The last few things that happened, in words."""
    told = [event for event in events if event.kind in {"action", "note", "fault_on", "fault_off"}]
    return ["", *(event_line(event) for event in told[-most:])] if told else []


def _last_second(recent: Sequence[Slice]) -> Sequence[Slice]:
    count = round(_SMOOTH_S / recent[0].width_s) if recent else 0
    return recent[-count:] if count else ()


def _rate(now: Sequence[Slice], of: Callable[[Slice], float]) -> str:
    return f"{sum(map(of, now)) / len(now):.0f}/s" if now else "-"


def _worst(now: Sequence[Slice], percent: float) -> str:
    measured = [ms for one in now if (ms := one.latency_ms(percent)) is not None]
    return f"{max(measured):.0f} ms" if measured else "-"


def _ms(value: float | None) -> str:
    return f"{value:4.0f} ms" if value is not None else "   - ms"
