"""`lab demo`: one lab, broken and repaired, by the real grader; how it is repaired stays unsaid."""

import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import typer
from rich import box
from rich.table import Table

from labs import screen
from labs.commands.learner import session
from labs.commands.options import Json
from labs.commands.programs import have_programs
from labs.engine.audience import Audience
from labs.engine.catalogue import LabFolder, find
from labs.engine.experiment import Experiment
from labs.engine.live import Live
from labs.engine.model import GUARD_PREFIX
from labs.engine.next_step import next_step
from labs.engine.rerun import run_until_sure
from labs.engine.results import Result, spoken
from labs.engine.tree import lay_variant, variants_home
from labs.engine.verdict import Outcome, Verdict
from stack.home import Home

SLUG = "stampede"
WIDTH = 80
INTERRUPTED = 130


def register(app: typer.Typer) -> None:
    """Add `demo`."""
    app.command("demo")(demo)


def demo(as_json: Json = False) -> None:
    """Break one lab, grade it, repair it, replay the same outage, grade it again."""
    have_programs()
    home, folder = Home.find(), find(SLUG)
    began_s = time.monotonic()
    out = screen.console(stderr=as_json)
    out.print(f"Short Circuit, lab {folder.lab.number:02}: {folder.lab.title}", markup=False)
    out.print("(each line is a second; 'on:' names the faults that are on)", markup=False)
    try:
        _act(out, "1 of 2: as deployed (with the bug of the lab)")
        broken, before = _run(home, folder, "bug", quiet=as_json)
        out.print(f"{broken.verdict.value}  {broken.why}\n", markup=False)
        _act(out, "2 of 2: the same outage on a repaired service")
        repaired, after = _run(home, folder, "reference", quiet=as_json)
        out.print(f"{repaired.verdict.value}\n", markup=False)
    except KeyboardInterrupt:
        out.print("\nStopped: the load has ended and every fault is lifted.", markup=False)
        raise typer.Exit(INTERRUPTED) from None
    report = _report(home, folder, before, after)
    if as_json:
        screen.print_json(_as_json(broken, repaired, report, time.monotonic() - began_s))
    else:
        _conclude(folder, broken, repaired, report)
    raise typer.Exit(exit_code(broken.verdict, repaired.verdict))


def exit_code(broken: Outcome, repaired: Outcome) -> int:
    """0 when the broken run failed and the repaired one passed; 3 when one of them cannot say."""
    if Outcome.INCONCLUSIVE in {broken, repaired}:
        return Outcome.INCONCLUSIVE.exit_code
    shown = broken is Outcome.FAIL and repaired is Outcome.PASS
    return 0 if shown else Outcome.FAIL.exit_code


def rows(broken: Verdict, repaired: Verdict) -> list[tuple[str, str, str, str]]:
    """One row a claim: what it says, broken, repaired, needed. The guards share one."""
    after = {claim.id: claim for claim in repaired.claims}
    told = [
        (_says(claim), _measured(claim), _measured(after.get(claim.id)), _needed(claim))
        for claim in broken.claims
        if not claim.id.startswith(GUARD_PREFIX)
    ]
    promise = "nothing that worked before stopped working"
    return [*told, (promise, _kept(broken), _kept(repaired), "all")]


def _act(out: Any, words: str) -> None:
    out.print(words, style="bold", markup=False)


def _run(home: Home, folder: LabFolder, variant: str, *, quiet: bool) -> tuple[Verdict, Path]:
    root = lay_variant(folder, variant, variants_home(home.path, folder, variant))
    audience = Audience()
    if not quiet:
        console = screen.console()
        audience.stage = lambda words: console.print(f"  {words} ...", markup=False)
        audience.draw = _drawn(folder)
    out = screen.console(stderr=quiet)
    experiment = Experiment(home, folder, root, variant, audience)
    return run_until_sure(experiment, lambda said: out.print(f"  {said}", markup=False))


def _drawn(folder: LabFolder) -> Any:
    def draw(plan: Mapping[str, Any], run: Path) -> AbstractContextManager[object]:
        return Live(plan, run, title=folder.lab.title, by_itself=True)

    return draw


def _report(home: Home, folder: LabFolder, before: Path, after: Path) -> Path | None:
    """Write the report; a run that never came to load has nothing to draw."""
    if not all((run / "requests.jsonl").exists() for run in (before, after)):
        return None
    from labs import report  # noqa: PLC0415 - not before there is something to report

    out = home.path / "reports" / f"{folder.lab.number:02}-demo.html"
    return report.write(before, after, out, title=folder.lab.title)


def _conclude(folder: LabFolder, broken: Verdict, repaired: Verdict, report: Path | None) -> None:
    console = screen.console()
    table = Table(box=box.SIMPLE_HEAD, width=WIDTH, pad_edge=False)
    table.add_column("what must hold", ratio=1)
    for heading in ("broken", "repaired", "needed"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in rows(broken, repaired):
        table.add_row(*row)
    table.add_row("verdict", broken.verdict.value, repaired.verdict.value, "", style="bold")
    console.print(table)
    if report is not None:
        console.print(f"Both runs, overlaid: {report}", markup=False)
    console.print("The stack is still up (./lab status); how it is repaired is for you to find.")
    following = next_step(session().place())
    words = f"Lab {folder.lab.number:02} is the one you just saw."
    if following == "./lab start 01":
        words += " The gentle first one is next."
    console.print(f"{words}\nnext: {following}", markup=False)


def _says(claim: Result) -> str:
    return f"{claim.says} ({claim.unit})" if claim.unit else claim.says


def _measured(claim: Result | None) -> str:
    if claim is None or claim.measured is None:
        return "-"
    mark = {True: "ok", False: "NO", None: "?"}[claim.ok]
    return f"{spoken(claim.measured)} {mark}"


def _needed(claim: Result) -> str:
    return claim.needed.replace("at most ", "<= ").replace("at least ", ">= ")


def _kept(verdict: Verdict) -> str:
    guards = [claim for claim in verdict.claims if claim.id.startswith(GUARD_PREFIX)]
    if not guards:
        return "-"
    kept = sum(guard.ok is True for guard in guards)
    return f"{kept} of {len(guards)} {'ok' if kept == len(guards) else 'NO'}"


def _as_json(
    broken: Verdict, repaired: Verdict, report: Path | None, seconds: float
) -> dict[str, Any]:
    return {
        "broken": broken.as_json(),
        "repaired": repaired.as_json(),
        "report": str(report) if report else None,
        "seconds": round(seconds, 1),
    }
