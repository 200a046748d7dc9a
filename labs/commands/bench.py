"""`lab bench`: how fast, as ratios of one run."""

from typing import Annotated

import typer

from labs import screen
from labs.commands.stack import _have_programs
from stack.home import Home
from stack.trouble import Trouble

bench = typer.Typer(help="Measure, side by side in one run, and print ratios.")
Json = Annotated[bool, typer.Option("--json", help="One JSON document, nothing else.")]
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
    answer = measured.measure(Home.find(), rounds=rounds, seconds=seconds, changes=changes)
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
def telemetry(rounds: Rounds = 5, seconds: Seconds = 3.0, as_json: Json = False) -> None:
    """A cached redirect with telemetry off, metrics only, traces as shipped, traces at 100 %."""
    from labs.bench import telemetry as measured  # noqa: PLC0415 - not before it is asked for

    answer = measured.measure(Home.find(), rounds=rounds, seconds=seconds)
    if as_json:
        screen.print_json(answer.as_dict())
        return
    out = screen.console()
    out.print("telemetry            redirect/s   p99 ms   ratio (least to most)")
    for name, told in answer.as_dict()["variants"].items():
        ratio = told["ratio"]
        out.print(
            f"{name:<18} {told['rps']['median']:>12.0f}   {told['p99_ms']['median']:>6.1f}"
            f"   {ratio['median']:>5.2f} ({ratio['min']:.2f} to {ratio['max']:.2f})"
        )


@bench.command()
def limiter(rounds: Rounds = 5, seconds: Seconds = 3.0, as_json: Json = False) -> None:
    """The rate limiter: round trips per request, and what share of a request it takes."""
    from labs.bench import limiter as measured  # noqa: PLC0415 - not before it is asked for

    answer = measured.measure(Home.find(), rounds=rounds, seconds=seconds)
    if as_json:
        screen.print_json(answer.as_dict())
        return
    told, out = answer.as_dict(), screen.console()
    out.print(f"commands to Redis per request: {answer.round_trips:g} ({dict(answer.commands)})")
    out.print(
        f"with it {told['limited_rps']['median']:.0f}/s, without "
        f"{told['unlimited_rps']['median']:.0f}/s: it takes {answer.share:.0%} of a request"
    )


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
    if as_json:
        screen.print_json(answer.as_dict())
        return
    out.print("request              statements   pages at " + ", ".join(f"{n:,}" for n in sizes))
    for name, routes in answer.routes.items():
        pages = "  ".join(f"{route.blocks_per_request:>6.1f}" for route in routes)
        out.print(f"{name:<20} {routes[-1].statements_per_request:>10.2f}   {pages}")
        for statement in routes[-1].statements:
            out.print(f"    {', '.join(statement.shape) or statement.name}", markup=False)


@bench.command()
def relay(rounds: Rounds = 5, as_json: Json = False) -> None:
    """The relay against a bare idempotent producer on the same broker."""
    from labs.bench import relay as measured  # noqa: PLC0415 - not before it is asked for

    answer = measured.measure(Home.find(), rounds=rounds)
    if as_json:
        screen.print_json(answer.as_dict())
        return
    _print_sides("relay", answer.ours, answer.bare, "events")
    screen.console().print(f"pages per claim, round by round: {answer.claim_pages}")


@bench.command()
def analytics(rounds: Rounds = 5, as_json: Json = False) -> None:
    """Analytics against a bare consumer that writes the same clicks by COPY."""
    from labs.bench import analytics as measured  # noqa: PLC0415 - not before it is asked for

    answer = measured.measure(Home.find(), rounds=rounds)
    if as_json:
        screen.print_json(answer.as_dict())
        return
    _print_sides("analytics", answer.ours, answer.bare, "clicks")


@bench.command()
def lab(
    slug: Annotated[str, typer.Argument(help="Which lab.")] = "stampede",
    rounds: Annotated[int, typer.Option(min=1, max=20, help="How many checks.")] = 4,
    as_json: Json = False,
) -> None:
    """From a saved file to a verdict: restart, reset, steady state, experiment, grading."""
    from labs.bench import lab as measured  # noqa: PLC0415 - not before it is asked for

    _have_programs()
    out = screen.console(stderr=as_json)
    answer = measured.measure(
        Home.find(), slug, rounds=rounds, tell=lambda line: out.print(line, markup=False)
    )
    told = answer.as_dict()
    if as_json:
        screen.print_json(told)
        return
    for name, seconds in told["stages"].items():
        out.print(f"{name:<14} {seconds['median']:>6.2f} s")
    out.print(f"{'all of it':<14} {told['seconds']['median']:>6.2f} s (median)", markup=False)


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


def _print_sides(name: str, ours: list[float], bare: list[float], what: str) -> None:
    from labs.bench.rounds import Spread, ratios  # noqa: PLC0415 - not before it is asked for

    out = screen.console()
    out.print(f"round   {name:>10} {what}/s   bare {what}/s   ratio")
    for number, (one, other) in enumerate(zip(ours, bare, strict=True), 1):
        out.print(f"{number:>5}   {one:>19.0f}   {other:>13.0f}   {one / other:>5.2f}")
    out.print(f"median: {Spread.of(ratios(ours, bare)).median:.2f} of the bare one's throughput")


def _split(setting: str) -> tuple[str, str]:
    name, is_one, value = setting.partition("=")
    if not is_one:
        raise Trouble(f"{setting!r} is not NAME=VALUE.", "./lab bench redirect --help")
    return name, value
