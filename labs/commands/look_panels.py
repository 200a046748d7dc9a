"""`lab panel`: what a dashboard would show, in the terminal."""

from typing import Annotated, Any

import typer

from dashboards import panels
from dashboards.boards import BOARDS
from dashboards.panel import Panel, Unit
from labs import screen
from labs.engine import chart, prometheus
from labs.engine.prometheus import Series
from labs.engine.results import spoken
from stack.home import Home
from stack.trouble import Trouble
from stack.warden.client import Warden

_NAME_WIDTH, _FIGURES = 22, 20


def register(app: typer.Typer) -> None:
    """Add `panel`."""
    app.command("panel")(panel)


def panel(
    name: Annotated[str | None, typer.Argument(help="For example: cache.loads")] = None,
    seconds: Annotated[int, typer.Option(min=5, max=3600, help="How far back.")] = 60,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Draw one panel of the dashboards, or list them all."""
    if name is None:
        _list(as_json)
        return
    try:
        found = panels.find(name)
    except KeyError as error:
        raise Trouble(f"{error.args[0].capitalize()}.", "./lab panel") from error
    home = Home.find()
    if "prometheus" not in home.ports():
        if Warden(home).status()["components"]:
            raise Trouble("The lab in hand does without Prometheus.", "./lab trace")
        raise Trouble("Prometheus is not running.", "./lab up")
    series = prometheus.ask(home.url("prometheus"), found, seconds)
    if as_json:
        screen.print_json(_as_json(found, series))
        return
    _draw(found, series, seconds)


def _list(as_json: bool) -> None:
    if as_json:
        screen.print_json([_as_json(found, []) for found in panels.every().values()])
        return
    out = screen.console()
    for board in BOARDS:
        out.print(f"\n{board.title}: {board.says}", style="bold", markup=False)
        for one in board.panels:
            out.print(f"  {one.name:26} {one.title}", markup=False)
    if "prometheus" not in Home.find().ports():
        out.print("\nThere is no Prometheus here now: these draw nothing.", markup=False)
    out.print("\nnext: ./lab panel overview.latency", markup=False)


def _draw(found: Panel, series: list[Series], seconds: int) -> None:
    out = screen.console()
    out.print(found.title, style="bold", markup=False)
    out.print(f"{found.says}\n", markup=False)
    if not series:
        out.print("Nothing was recorded. Is anything using the system?", markup=False)
        return
    width = max(10, min(out.width, 160) - _NAME_WIDTH - _FIGURES)
    top = max((one.highest or 0.0 for one in series), default=0.0)
    out.print(f"{'':{_NAME_WIDTH}}{'now':>9} {'highest':>9}  the last {seconds} s", markup=False)
    for one in series:
        drawn = chart.bars(_shrunk(one.values, width), top, ascii_only=not _utf8(out.encoding))[0]
        now, high = _said(one.last, found.unit), _said(one.highest, found.unit)
        out.print(
            f"{one.name[: _NAME_WIDTH - 1]:{_NAME_WIDTH}}{now:>9} {high:>9}  {drawn}", markup=False
        )


def _shrunk(values: tuple[float | None, ...], width: int) -> list[float | None]:
    """Fit values into columns: of those that share one, the highest is drawn."""
    each = -(-len(values) // width)
    chunks = [values[n : n + each] for n in range(0, len(values), each)]
    return [max((v for v in chunk if v is not None), default=None) for chunk in chunks]


def _said(value: float | None, unit: Unit) -> str:
    if value is None:
        return "-"
    match unit:
        case Unit.SECONDS:
            return f"{spoken(value * 1000)} ms" if value < 1 else f"{spoken(value)} s"
        case Unit.SHARE:
            return f"{spoken(value * 100)} %"
        case Unit.BYTES:
            return f"{value / 1e6:.0f} MB"
        case Unit.PER_SECOND:
            return f"{spoken(value)}/s"
        case _:
            return spoken(value)


def _utf8(encoding: str) -> bool:
    return encoding.lower() in {"utf-8", "utf8"}


def _as_json(found: Panel, series: list[Series]) -> dict[str, Any]:
    return {
        "panel": found.name,
        "title": found.title,
        "says": found.says,
        "unit": found.unit.value,
        "queries": [query.expr for query in found.queries],
        "series": [{"name": one.name, "values": one.values} for one in series],
    }
