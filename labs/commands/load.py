"""Verbs of the group `load`: `lab spike` sends a load by hand, `lab knee` finds the ceiling."""

import contextlib
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer

from labs import screen
from labs.engine.live import Live
from labs.knee.steps import Point
from labs.load.report import LoadReport, report_of
from labs.load.throwaway import ThrowawayLink, throwaway_link
from loadtests import ledger
from loadtests.bad_plan import BadPlan
from loadtests.by_hand import BY_HAND, plan_by_hand, shape_by_hand
from loadtests.plan import LONGEST_S, MOST_RPS
from loadtests.running import Running, running
from stack.home import LOOPBACK, Home
from stack.trouble import Trouble

TICK_S = 0.2


def register(app: typer.Typer) -> None:
    """Add `spike` and `knee`."""
    app.command("spike")(spike)
    app.command("knee")(knee)


def spike(
    rps: Annotated[float, typer.Option(help=f"Requests a second, {MOST_RPS} at the most.")] = 300,
    seconds: Annotated[float, typer.Option(help=f"How long, {LONGEST_S:.0f} at the most.")] = 20,
    shape: Annotated[str, typer.Option(help=f"One of {', '.join(BY_HAND)}.")] = "spike",
    code: Annotated[str, typer.Option(help="The link to visit; without it, one is made.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Visit a link very often, by hand, and watch what becomes of it. Ctrl-C ends it early."""
    home = Home.find()
    edge_url = _edge_url(home)
    try:
        curve = shape_by_hand(shape, rps, seconds)
        with _link(edge_url, code) as link:
            expect = {link.code: link.url} if link.url else {}
            args = {"codes": [link.code], "expect": expect}
            plan = plan_by_hand(edge_url, curve, seconds, "visitor", args)
            title = f"{shape} on /{link.code}"
            report = _send(home, plan, seconds, title=title, quiet=as_json)
    except BadPlan as refused:
        raise Trouble(
            f"{str(refused)[:1].upper()}{str(refused)[1:]}.", "./lab spike --help"
        ) from None
    if as_json:
        screen.print_json(report.as_json())
        return
    out = screen.console()
    for line in report.lines():
        out.print(line, markup=False)


def knee(
    step_seconds: Annotated[float, typer.Option(min=3, max=11, help="Length of a step.")] = 5,
    out: Annotated[Path | None, typer.Option(help="Folder for the picture and the page.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Raise the load on a modelled ceiling until goodput bends, and draw it (about a minute)."""
    # Imported here: numpy and matplotlib would cost every other verb half a second.
    from labs.knee import experiment, page, picture  # noqa: PLC0415

    home = Home.find()
    _edge_url(home)
    folder = out or home.path / "knee"
    console = screen.console(stderr=as_json)
    console.print("offered/s  goodput/s  in flight   p50 ms   p99 ms  generator", markup=False)
    measured = experiment.measure(
        home, step_seconds, lambda point: console.print(_step_line(point), markup=False)
    )
    figure = picture.draw(measured)
    folder.mkdir(parents=True, exist_ok=True)
    picture.save(figure, folder)
    (folder / "knee.html").write_text(page.html(measured, picture.svg(figure)), encoding="utf-8")
    if as_json:
        screen.print_json({**page.as_json(measured), "page": str(folder / "knee.html")})
        return
    for sentence in page.sentences(measured):
        console.print(f"\n{sentence}", markup=False)
    console.print(f"\nThe picture: {folder / 'knee.html'}", markup=False)


def _step_line(point: Point) -> str:
    return (
        f"{point.offered_rps:9.1f}  {point.goodput_rps:9.1f}  {point.in_flight:9.1f}"
        f"  {point.p50_ms:7.0f}  {point.p99_ms:7.0f}  {point.generator_cpu_share:7.0%}"
        f"{'' if point.keeps_up else '   does not keep up'}"
    )


def _edge_url(home: Home) -> str:
    with contextlib.suppress(OSError, KeyError):
        socket.create_connection((LOOPBACK, home.ports()["edge"]), timeout=1).close()
        return home.url("edge")
    raise Trouble("The stack is down.", "./lab up")


@contextlib.contextmanager
def _link(edge_url: str, code: str) -> Iterator[ThrowawayLink]:
    if code:
        yield ThrowawayLink(code, "")
        return
    with throwaway_link(edge_url) as link:
        yield link


def _send(
    home: Home, plan: dict[str, Any], seconds: float, *, title: str, quiet: bool
) -> LoadReport:
    secret = home.secret("lab-run")  # the edge lets our traces through
    with (
        tempfile.TemporaryDirectory(prefix="lab-spike-") as folder,
        running(plan, Path(folder), secret) as drive,
        _ctrl_c_ends(drive),
    ):
        began = {**plan, "t0": drive.t0()}
        if quiet:
            drive.process.wait()
        else:
            _watch(drive, began, title)
        return report_of(drive.finish(), seconds)


def _watch(drive: Running, plan: dict[str, Any], title: str) -> None:
    offset, errors_ms = 0, [0.0]
    with Live(plan, drive.out.parent, title=title) as live:
        while not drive.ended():
            rows, offset = ledger.tail(drive.out, offset)
            errors_ms += [row.schedule_error_ms for row in rows]
            late_ms = ledger.percentile(errors_ms[-1_000:], 99)
            live.title = f"{title}, sent {late_ms:.1f} ms late (p99)"
            live.tick()
            time.sleep(TICK_S)


@contextlib.contextmanager
def _ctrl_c_ends(drive: Running) -> Iterator[None]:
    """Ctrl-C is no accident here: end the load, and still say what was seen."""

    def end(_signal: int, _frame: FrameType | None) -> None:
        drive.stop()
        sys.stderr.write("\n")

    before = {name: signal.signal(name, end) for name in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)
