"""`lab bench`: how fast, as ratios of one run."""

from typing import TYPE_CHECKING, Annotated

import typer

from labs import screen
from labs.commands.options import Json
from labs.commands.programs import have_programs
from stack.home import Home
from stack.trouble import Trouble

if TYPE_CHECKING:
    from labs.bench.rounds import Answer

bench = typer.Typer(help="Measure, side by side in one run, and print ratios.")
Rounds = Annotated[int, typer.Option(min=1, max=100, help="How many rounds of each side.")]

Seconds = Annotated[float, typer.Option(min=1, max=60, help="Length of one round.")]


def register(app: typer.Typer) -> None:
    """Add `bench` and what it can measure."""
    app.add_typer(bench, name="bench")


@bench.command()
def redirect(
    rounds: Rounds = 5,
    seconds: Seconds = 4.0,
    setting: Annotated[
        list[str] | None, typer.Option(help="NAME=VALUE, as in deploy.env; again for more.")
    ] = None,
    as_json: Json = False,
) -> None:
    """A cached redirect of one process against a constant 302 from the same server."""
    from labs.bench import redirect as measured  # noqa: PLC0415 - not before it is asked for

    changes = dict(_split(text) for text in setting or ())
    _tell(measured.measure(Home.find(), rounds=rounds, seconds=seconds, changes=changes), as_json)


@bench.command()
def telemetry(rounds: Rounds = 5, seconds: Seconds = 3.0, as_json: Json = False) -> None:
    """A cached redirect with telemetry off, metrics only, traces as shipped, traces at 100 %."""
    from labs.bench import telemetry as measured  # noqa: PLC0415 - not before it is asked for

    _tell(measured.measure(Home.find(), rounds=rounds, seconds=seconds), as_json)


@bench.command()
def limiter(rounds: Rounds = 5, seconds: Seconds = 3.0, as_json: Json = False) -> None:
    """The rate limiter: round trips per request, and what share of a request it takes."""
    from labs.bench import limiter as measured  # noqa: PLC0415 - not before it is asked for

    _tell(measured.measure(Home.find(), rounds=rounds, seconds=seconds), as_json)


@bench.command()
def queries(
    links: Annotated[
        list[int] | None, typer.Option(help="How many links; again for the next size.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Statements, pages and plans per request, at 10^4, 10^5 and 10^6 links."""
    from labs.bench import queries as measured  # noqa: PLC0415 - not before it is asked for

    out = screen.console(stderr=as_json)
    sizes = tuple(sorted(links or measured.SIZES))
    answer = measured.measure(Home.find(), sizes=sizes, tell=out.print)
    _tell(answer, as_json)


@bench.command()
def relay(rounds: Rounds = 5, as_json: Json = False) -> None:
    """The relay against a bare idempotent producer on the same broker."""
    from labs.bench import relay as measured  # noqa: PLC0415 - not before it is asked for

    _tell(measured.measure(Home.find(), rounds=rounds), as_json)


@bench.command()
def analytics(rounds: Rounds = 5, as_json: Json = False) -> None:
    """Analytics against a bare consumer that writes the same clicks by COPY."""
    from labs.bench import analytics as measured  # noqa: PLC0415 - not before it is asked for

    _tell(measured.measure(Home.find(), rounds=rounds), as_json)


@bench.command()
def overload(rounds: Rounds = 5, as_json: Json = False) -> None:
    """Three times what a route can do: what is left of its goodput, and how it says no."""
    from labs.bench import overload as measured  # noqa: PLC0415 - not before it is asked for

    have_programs()
    _tell(measured.measure(Home.find(), rounds=rounds), as_json)


@bench.command()
def lab(
    slug: Annotated[str, typer.Argument(help="Which lab.")] = "stampede",
    rounds: Annotated[int, typer.Option(min=1, max=20, help="How many checks.")] = 4,
    as_json: Json = False,
) -> None:
    """From a saved file to a verdict: restart, reset, steady state, experiment, grading."""
    from labs.bench import lab as measured  # noqa: PLC0415 - not before it is asked for

    have_programs()
    out = screen.console(stderr=as_json)
    answer = measured.measure(
        Home.find(), slug, rounds=rounds, tell=lambda line: out.print(line, markup=False)
    )
    _tell(answer, as_json)


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

    have_programs()
    home, figures = Home.find(), []
    out = screen.console(stderr=as_json)
    for figure in measured.measure(home, kafka=kafka):
        figures.append(figure)
        mark = "ok" if figure.kept else "NO"
        told = f"{figure.measured:g} {figure.unit}, promised at most {figure.promised:g}"
        out.print(f"{mark} {figure.name:<32} {told}", markup=False)
    if as_json:
        screen.print_json(measured.as_dict(figures, home.path))


def _tell(answer: "Answer", as_json: bool) -> None:
    if as_json:
        screen.print_json(answer.as_dict())
        return
    out = screen.console()
    for line in answer.lines():
        out.print(line, markup=False)


def _split(setting: str) -> tuple[str, str]:
    name, is_one, value = setting.partition("=")
    if not is_one:
        raise Trouble(f"{setting!r} is not NAME=VALUE.", "./lab bench redirect --help")
    return name, value
