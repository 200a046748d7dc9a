"""`lab soak`: random faults under load, and afterwards nothing may be lost."""

from typing import Annotated, Any

import typer

from labs import screen
from stack.home import Home
from stack.trouble import Trouble


def register(app: typer.Typer) -> None:
    """Add `soak`."""
    app.command("soak")(soak)


def soak(
    schedules: Annotated[int, typer.Option(min=1, help="How many schedules.")] = 10,
    seed: Annotated[int, typer.Option(min=0, help="The first one's; the next has the next.")] = 1,
    blows: Annotated[
        str, typer.Option(help="Only these blows of each schedule, from 0: `0,2`, or `none`.")
    ] = "",
    shrink: Annotated[
        bool, typer.Option("--shrink/--no-shrink", help="Find the smallest failing form.")
    ] = True,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Break everything at random under load, and see that nothing is lost (about 15 s each).

    The services of this checkout run, not your workspace. Ctrl-C ends it; what is on is lifted.
    """
    # Imported here: the drivers would cost every other verb half a second.
    from labs.soak import series  # noqa: PLC0415

    home, out = Home.find(), screen.console(stderr=as_json)
    chosen = _numbers(blows)
    rows = []
    for row in series.soak(home, seed, schedules, chosen, shrink=shrink):
        rows.append(row)
        for line in _lines(row, len(rows), schedules):
            out.print(line, markup=False)
    answer = series.summed(rows)
    if as_json:
        screen.print_json(answer)
    else:
        out.print(_sum(answer), markup=False)
        out.print("next: ./lab down", markup=False)
    raise typer.Exit(1 if answer["violations"] else 3 if answer["inconclusive"] else 0)


def _numbers(blows: str) -> tuple[int, ...] | None:
    if blows == "none":
        return ()
    try:
        return tuple(int(word) for word in blows.split(",")) if blows else None
    except ValueError:
        said = f"{blows!r} are not numbers of blows."
        raise Trouble(said, "./lab soak --seed 7 --schedules 1 --blows 0,2") from None


def _lines(row: dict[str, Any], number: int, of: int) -> list[str]:
    """Say what one schedule came to: a line, and more where something was violated."""
    verdict = _verdict(row)
    first = (
        f"{number:4}/{of} seed {row['seed']}: {verdict}; {row['acknowledged']} changes"
        f" acknowledged, {row['uncertain']} uncertain, {row['events']} events,"
        f" {row['redirected']} redirects; {'; '.join(row['blows'])}"
    )
    lines = [first]
    lines += [f"       {sentence}" for sentence in row["violations"][:5]]
    if row.get("replay"):
        lines.append(f"       next: {row['replay']}")
    return lines


def _verdict(row: dict[str, Any]) -> str:
    if row["violations"]:
        return "VIOLATED"
    if row["inconclusive"]:
        return f"INCONCLUSIVE, {row['inconclusive']}"
    return f"held, recovered in {row['recovered_s']} s"


def _sum(answer: dict[str, Any]) -> str:
    return (
        f"{answer['schedules']} schedules, {answer['violated']} violated,"
        f" {answer['inconclusive']} inconclusive;"
        f" {answer['acknowledged']} changes acknowledged, {answer['redirected']} redirects,"
        f" slowest recovery {answer['slowest_recovery_s']} s"
    )
