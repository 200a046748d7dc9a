"""`lab verify --on-call 0-19`: incidents run for real by their seeds, each answered every way."""

import contextlib
import re
from typing import Any

import typer

from labs import screen
from labs.commands.programs import have_programs
from labs.engine.catalogue import LabFolder, all_labs, find
from labs.engine.experiment import Experiment
from labs.engine.recorded import RecordedRun
from labs.engine.rerun import run_until_sure
from labs.engine.tree import lay_variant
from labs.loop import oncall
from labs.loop.oncall_proof import Proved, proved
from stack.home import Home
from stack.trouble import Trouble

MOST = 100
INTERRUPTED = 130


def prove(seeds: str, *, as_json: bool) -> None:
    """Run each incident and say, by seed, whether the right diagnosis alone was held."""
    wanted, known = _seeds(seeds), all_labs()
    have_programs()
    done: list[Proved] = []
    with contextlib.suppress(KeyboardInterrupt):
        for seed in wanted:
            done.append(_one(Home.find(), known, seed, quiet=as_json))
            if not as_json:
                screen.console().print(line(done[-1]), markup=False)
    if as_json:
        screen.print_json([_as_json(one) for one in done])
    else:
        screen.console().print(_sum(done), markup=False)
    if len(done) < len(wanted):
        raise typer.Exit(INTERRUPTED)
    raise typer.Exit(1 if any(one.judged and not one.holds for one in done) else 0)


def line(one: Proved) -> str:
    """Return one incident as a line."""
    what = f"lab {one.number:02}, broken" if one.drawn.broken else f"lab {one.number:02}, nothing"
    said = "held" if one.holds else "NOT HELD" if one.judged else "no verdict"
    answers = f"{len(one.accepted)} of {one.tried} answers accepted"
    return f"seed {one.drawn.seed:3}  {what:16}  {one.verdict:12}  {answers}  {said}"


def _seeds(words: str) -> list[int]:
    found = re.fullmatch(r"(\d{1,6})(?:-(\d{1,6}))?", words.strip())
    if found is None:
        raise Trouble(f"{words!r} is no seed and no range of seeds.", "./lab verify --on-call 0-19")
    first, last = int(found[1]), int(found[2] or found[1])
    if not 0 <= last - first < MOST:
        raise Trouble(f"A range has 1 to {MOST} seeds.", "./lab verify --on-call 0-19")
    return list(range(first, last + 1))


def _one(home: Home, known: list[LabFolder], seed: int, *, quiet: bool) -> Proved:
    """The same tree, traffic and missing name that `oncall` would run."""
    drawn, out = oncall.incident(known, seed), screen.console(stderr=quiet)
    folder = find(drawn.slug)
    root = lay_variant(folder, drawn.variant, oncall.project(home))
    unnamed = oncall.UnnamedFolder(folder, drawn.traffic)
    experiment = Experiment(home, unnamed, root, "incident")
    _, run = run_until_sure(experiment, lambda said: out.print(said, markup=False))
    return proved(drawn, folder, known, RecordedRun(run))


def _sum(done: list[Proved]) -> str:
    judged = [one for one in done if one.judged]
    held = sum(one.holds for one in judged)
    nothing = sum(not one.drawn.broken for one in judged)
    told = f"{held} of {len(judged)} incidents held, {nothing} of them with nothing wrong"
    return f"{told}; {len(done) - len(judged)} without a verdict."


def _as_json(one: Proved) -> dict[str, Any]:
    return {
        "seed": one.drawn.seed,
        "lab": one.number,
        "broken": one.drawn.broken,
        "traffic": one.drawn.traffic,
        "verdict": one.verdict,
        "evidence": one.evidence,
        "expected": one.expected,
        "accepted": one.accepted,
        "answers": one.tried,
        "holds": one.holds,
    }
