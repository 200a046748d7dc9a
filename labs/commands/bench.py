"""`lab bench`: how fast, as ratios of one run."""

from typing import Annotated

import typer

from labs import screen
from labs.commands.stack import _have_programs
from stack.home import Home

bench = typer.Typer(help="Measure, side by side in one run, and print ratios.")
Json = Annotated[bool, typer.Option("--json", help="One JSON document, nothing else.")]
Rounds = Annotated[int, typer.Option(min=1, max=100, help="How many rounds of each side.")]


def register(app: typer.Typer) -> None:
    """Add `bench` and what it can measure."""
    app.add_typer(bench, name="bench")


@bench.command()
def redirect(
    rounds: Rounds = 5,
    seconds: Annotated[float, typer.Option(min=1, max=60, help="Length of one round.")] = 4.0,
    as_json: Json = False,
) -> None:
    """A cached redirect of one process against a constant 302 from the same server."""
    from labs.bench import redirect as measured  # noqa: PLC0415 - not before it is asked for

    answer = measured.measure(Home.find(), rounds=rounds, seconds=seconds)
    if as_json:
        screen.print_json(answer.as_dict())
        return
    out = screen.console()
    out.print("round   redirect/s   p99 ms   constant/s   p99 ms   ratio")
    for number, (ours, other) in enumerate(zip(answer.ours, answer.constant, strict=True), 1):
        out.print(
            f"{number:>5}   {ours.rps:>10.0f}   {ours.p99_ms:>6.1f}   {other.rps:>10.0f}"
            f"   {other.p99_ms:>6.1f}   {ours.rps / other.rps:>5.2f}"
        )
    out.print(
        f"median: {answer.ratio.median:.2f} of the constant's throughput, "
        f"{answer.p99_ratio.median:.1f} times its p99"
    )


@bench.command()
def load(
    seconds: Annotated[float, typer.Option(min=1, max=20, help="Length of a step.")] = 3.0,
    as_json: Json = False,
) -> None:
    """The highest rate at which the load generator stays honest, against a constant answer."""
    from loadtests import honesty  # noqa: PLC0415 - not before it is asked for

    out = screen.console(stderr=as_json)
    out.print("     rate/s   sent   late p99 ms   of one core")
    answer = honesty.measure(seconds, tell=lambda step: out.print(step.line(), markup=False))
    if as_json:
        screen.print_json(answer.as_json())
        return
    out.print(answer.sentence(), markup=False)


@bench.command()
def stack(
    kafka: Annotated[
        bool, typer.Option("--kafka", help="Memory with Kafka, too (fetches it once).")
    ] = False,
    as_json: Json = False,
) -> None:
    """The stack and the lab itself: up, restart, a check, memory, down."""
    from labs.bench import stack as measured  # noqa: PLC0415 - not before it is asked for

    _have_programs()
    home, figures = Home.find(), []
    out = screen.console(stderr=as_json)
    for figure in measured.measure(home, kafka=kafka):
        figures.append(figure)
        mark = "ok" if figure.kept else "NO"
        told = f"{figure.measured:g} {figure.unit}, promised at most {figure.promised:g}"
        out.print(f"{mark} {figure.name:<32} {told}", markup=False)
    if as_json:
        screen.print_json(measured.as_dict(figures, home.path))
