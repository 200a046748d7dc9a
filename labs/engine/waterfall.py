"""A trace as lines of text: what started when, how long it took, and what the answer waited for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from labs.engine.spans import Node, Span, Trace

FEWEST_ALIKE = 4
AFTER = "after the answer"
_EIGHTHS = " ▏▎▍▌▋▊▉█"
_DETAILS = ("db.query.text", "db.statement", "db.query.summary", "url.path", "db.operation.name")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the waterfall: a span, or several alike one after the other."""

    name: str
    instance: str
    depth: int
    at_ms: float
    took_ms: float
    self_ms: float
    critical: bool
    failed: bool
    detail: str
    span: Span  # the first one, where a row stands for several
    count: int = 1


def rows(trace: Trace) -> list[Row]:
    """Turn a trace into rows; four or more leaves alike in a row become one ("x 40")."""
    start_s = trace.root.start_s
    leaf = {span.span_id: span.span_id not in trace.children for span in trace.spans}

    def alike(node: Node) -> tuple[object, ...]:
        span = node.span
        if not leaf[span.span_id]:
            return (span.span_id,)
        return (span.parent_id, span.name, span.instance, span.failed)

    drawn: list[Row] = []
    for _, group in groupby(trace.tree(), key=alike):
        nodes = list(group)
        if len(nodes) < FEWEST_ALIKE:
            drawn.extend(_row([node], start_s) for node in nodes)
        else:
            drawn.append(_row(nodes, start_s))
    return drawn


def _row(nodes: Sequence[Node], start_s: float) -> Row:
    first = nodes[0]
    begins_s = min(node.span.start_s for node in nodes)
    ends_s = max(node.span.end_s for node in nodes)
    return Row(
        name=first.span.name,
        instance=first.span.instance,
        depth=first.depth,
        at_ms=(begins_s - start_s) * 1000,
        took_ms=(ends_s - begins_s) * 1000,
        self_ms=sum(node.self_ms for node in nodes),
        critical=any(node.critical for node in nodes),
        failed=first.span.failed,
        detail=_detail(first.span),
        span=first.span,
        count=len(nodes),
    )


def _detail(span: Span) -> str:
    """Say what a span did beyond its name: a statement, or why it failed."""
    attributes = span.attributes
    said = next((str(attributes[key]) for key in _DETAILS if attributes.get(key)), "")
    why = attributes.get("exception.message") or attributes.get("otel.status_description")
    parts = [said if said != span.name else "", f"ERROR: {why}" if span.failed and why else ""]
    return " ".join(" ".join(parts).split())


@dataclass(frozen=True, slots=True)
class Canvas:
    """How wide a picture may be, and how many milliseconds its width stands for."""

    width: int = 80
    scale_ms: float | None = None
    ascii_only: bool = False
    most_rows: int = 60


def lines(trace: Trace, canvas: Canvas) -> list[str]:
    """Draw the waterfall: figures, names, and bars as wide as the canvas leaves room for."""
    drawn = rows(trace)
    labels = list(_labels(drawn))
    name_width = min(max(map(len, labels)), max(24, (canvas.width - 31) * 3 // 5))
    bar_width = max(8, canvas.width - name_width - 31)
    scale_ms = max(trace.took_ms, canvas.scale_ms or 0.0)
    out = [f"{'at ms':>8} {'took ms':>8} {'self ms':>8}   {'span'.ljust(name_width)}"]
    for row, label in list(zip(drawn, labels, strict=True))[: canvas.most_rows]:
        mark = "*" if row.critical else " "
        late = row.at_ms >= trace.took_ms > 0
        bar = AFTER[:bar_width] if late else _bar(row, scale_ms, bar_width, canvas)
        figures = f"{row.at_ms:8.1f} {row.took_ms:8.1f} {row.self_ms:8.1f}"
        out.append(f"{figures} {mark} {_cut(label, name_width).ljust(name_width)} {bar}".rstrip())
    if len(drawn) > canvas.most_rows:
        out.append(f"... and {len(drawn) - canvas.most_rows} more lines: `--json` has them all")
    return out


def _labels(drawn: Sequence[Row]) -> Iterator[str]:
    above: dict[int, str] = {}
    for row in drawn:
        where = "" if above.get(row.depth - 1) == row.instance else f"{row.instance}: "
        above[row.depth] = row.instance
        times = f" x {row.count}" if row.count > 1 else ""
        failed = " ERROR" if row.failed else ""
        yield f"{'  ' * row.depth}{where}{row.name}{times}{failed}"


def _bar(row: Row, scale_ms: float, width: int, canvas: Canvas) -> str:
    """Draw when a row was; what goes on beyond the picture is cut."""
    columns_per_ms = width / scale_ms if scale_ms > 0 else 0.0
    start = min(row.at_ms * columns_per_ms, width - 1)
    length = min(max(row.took_ms * columns_per_ms, 0.125), width - start)
    if canvas.ascii_only:
        return " " * int(start) + "=" * max(1, round(length))
    full, eighths = divmod(round(length * 8), 8)
    return " " * int(start) + "█" * full + _EIGHTHS[eighths].strip()


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"
