"""`lab parity`: the same variants embedded and in containers, and the table of both."""

import json
import subprocess
import sys
from typing import Annotated, Any

import typer

from labs import screen
from labs.engine import verify_parity as parity
from labs.engine.catalogue import CHECKOUT, LabFolder, all_labs, find, shown
from labs.engine.verify_proof import README
from stack import runtime
from stack.compose import host
from stack.trouble import Trouble

OUTSIDE = "The containers are compared with the machine around them."


def register(app: typer.Typer) -> None:
    """Add `parity`."""
    app.command("parity")(compare)


def compare(  # noqa: PLR0913, PLR0917 - each is an option of the verb
    labs: Annotated[list[str] | None, typer.Argument(help="Slugs or numbers; none: all.")] = None,
    variant: Annotated[
        list[str] | None, typer.Option(help="Only this one (again for more): bug, reference.")
    ] = None,
    side: Annotated[
        list[str] | None, typer.Option(help="Only this one: embedded or compose.")
    ] = None,
    runs: Annotated[int, typer.Option(min=1, max=100, help="How often each variant runs.")] = 1,
    only_table: Annotated[
        bool, typer.Option("--table", help="Run nothing: what is kept of earlier runs.")
    ] = False,
    write: Annotated[
        bool, typer.Option("--write", help="Write the table into labs/README.md.")
    ] = False,
) -> None:
    """Prove labs embedded and in containers, and say where the verdicts differ."""
    folders = [find(name) for name in labs] if labs else all_labs()
    sides = side or list(parity.SIDES)
    if unknown := set(sides) - set(parity.SIDES):
        raise Trouble(f"No side {unknown.pop()!r}.", "./lab parity --side compose")
    if not only_table:
        if runtime.in_compose():
            raise Trouble(OUTSIDE, "./lab parity (outside of them)")
        for one in sides:
            for folder in folders:
                _run(folder, one, variant or (), runs)
    if write:
        parity.write_table(all_labs())
        screen.console().print(f"The table stands in {shown(README)}.", markup=False)
    else:
        told = parity.parity_table(folders, parity.read_record())
        screen.console().print(told, markup=False)
    raise typer.Exit(1 if parity.differences(folders, parity.read_record()) else 0)


def _run(folder: LabFolder, side: str, variants: list[str] | tuple[str, ...], runs: int) -> None:
    words = ["verify", folder.lab.slug, "--json", "--runs", str(runs)]
    words += [word for name in variants for word in ("--variant", name)]
    screen.console().print(f"{side}: {' '.join(words[:2])} ...", markup=False)
    done = host.ask(words) if side == parity.COMPOSE else _embedded(words)
    found = _read(done)
    parity.keep(folder, side, found)
    for row in found["rows"]:
        why = f" ({row['why']})" if row["verdict"] == parity.UNSURE else ""
        told = f"  {row['variant']:<28} {row['seconds']:5.1f} s  {row['verdict']}{why}"
        screen.console().print(told, markup=False)


def _embedded(words: list[str]) -> subprocess.CompletedProcess[str]:
    asked = [sys.executable, "-m", "labs", *words]
    return subprocess.run(asked, cwd=CHECKOUT, capture_output=True, text=True, check=False)  # noqa: S603


def _read(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    try:
        return dict(json.loads(done.stdout))
    except ValueError as error:
        said = (done.stderr.strip() or done.stdout.strip() or "nothing").splitlines()[-1]
        raise Trouble(f"`lab verify` could not run: {said}", "./lab doctor") from error
