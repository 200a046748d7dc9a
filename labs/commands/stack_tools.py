"""The learner's own tools, pointed at the live stack: psql, redis-cli, curl, promql, logs, env."""

import difflib
import json
import os
import shutil
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from labs import screen
from labs.commands.look import print_logs_of
from labs.engine.logs import line_of, spoken
from stack import system
from stack.home import LOOPBACK, Home
from stack.process import tail
from stack.trouble import Trouble
from stack.warden.client import Warden

EXAMPLE = "sum by (instance) (rate(http_request_seconds_count[4s]))"
_PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}

_SHORT_WITH_A_VALUE = "oDTdHKbcwuAeXFm"  # curl(1): options whose next word is theirs
_LONG_WITH_A_VALUE = {
    *("--output", "--dump-header", "--upload-file", "--config", "--cookie", "--cookie-jar"),
    *("--data", "--data-binary", "--data-raw", "--header", "--write-out", "--form"),
}


def register(app: typer.Typer) -> None:
    """Add the tools."""
    app.command("logs")(logs)
    app.command("psql", context_settings=_PASS_ON)(psql)
    app.command("redis-cli", context_settings=_PASS_ON)(redis_cli)
    app.command("curl", context_settings=_PASS_ON)(curl)
    app.command("promql")(promql)
    app.command("env")(env)


def logs(
    component: Annotated[str, typer.Argument(help="As `./lab status` names it.")] = "",
    trace: Annotated[str, typer.Option(help="All that was said about this trace id.")] = "",
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until Ctrl-C.")] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", help="How many to start with.")] = 50,
    as_json: Annotated[
        bool, typer.Option("--json", help="As it stands in the file; with --trace: one document.")
    ] = False,
) -> None:
    """Show a component's output, or everything that was said about one trace."""
    home = Home.find()
    if trace:
        print_logs_of(home, trace, as_json=as_json)
        return
    there = sorted(path.stem for path in home.log("edge").parent.glob("*.log"))
    if not component:
        raise Trouble(*_which_log(there))
    log = home.log("edge" if component == "haproxy" else component)
    if not log.exists():
        near = difflib.get_close_matches(component, there, 1)
        hint = f"./lab logs {near[0]}" if near else "./lab status"
        raise Trouble(f"There is no log of {component!r}.", hint)
    if not Warden(home).status()["components"]:
        said = "The stack is down: this was said before it went (next: ./lab up)."
        screen.console(stderr=True).print(said, markup=False)
    for line in tail(log, lines).splitlines():
        print(_as_asked(log, line, as_json=as_json))
    if follow:
        _follow(log, as_json=as_json)


def _as_asked(log: Path, line: str, *, as_json: bool) -> str:
    """Return a line as it stands, or as a person reads it."""
    return line if as_json else spoken(line_of(log.stem, line), of_one_trace=False)


def _which_log(there: list[str]) -> tuple[str, str]:
    if not there:
        return "The stack is down, and nothing has written a log yet.", "./lab up"
    best = "shortener-a" if "shortener-a" in there else there[0]
    return f"Whose log? There are: {', '.join(there)}.", f"./lab logs {best}"


def psql(context: typer.Context) -> None:
    """Open psql on the live database (everything you type after it is passed on)."""
    home, answer = _live("postgres")
    program = system.find("psql")
    if program is None:
        raise Trouble("psql is not installed.", "./lab setup")
    where = {
        "PGHOST": LOOPBACK,
        "PGPORT": str(home.port("postgres")),
        "PGUSER": "shortener",
        "PGDATABASE": str(answer["database"]),
        "PGPASSWORD": home.secret("postgres-shortener"),
        "PGAPPNAME": "psql",
    }
    _become(str(program), context.args, where)


def redis_cli(context: typer.Context) -> None:
    """Open redis-cli on the live Redis (everything you type after it is passed on)."""
    home, _ = _live("redis")
    program = shutil.which("redis-cli")
    if program is None:
        raise Trouble("redis-cli is not installed.", "./lab setup")
    _become(program, ["-h", LOOPBACK, "-p", str(home.port("redis")), *context.args])


def curl(context: typer.Context) -> None:
    """Send a request through the edge: `./lab curl /readyz -i`."""
    home, _ = _live("edge")
    words = _at_the_edge(context.args, home.url("edge"))
    if not any(word.startswith("http") for word in words):
        raise Trouble("Which path?", "./lab curl /readyz -i")
    program = shutil.which("curl")
    if program is None:
        _plain_get(next(word for word in words if word.startswith("http")))
        return
    _become(program, ["--silent", "--show-error", *words])


def _at_the_edge(words: list[str], edge: str) -> list[str]:
    """Put the edge before every path; what an option takes (`-o /dev/null`) is none."""
    before = ["", *words]
    return [
        f"{edge}{word}" if word.startswith("/") and not _takes_a_value(option) else word
        for option, word in zip(before, words, strict=False)
    ]


def _takes_a_value(word: str) -> bool:
    if word.startswith("--"):
        return word in _LONG_WITH_A_VALUE
    return word.startswith("-") and word[-1] in _SHORT_WITH_A_VALUE


def promql(
    query: Annotated[str, typer.Argument(help="For example: up")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Prometheus's own answer.")] = False,
) -> None:
    """Ask Prometheus."""
    if not query:
        raise Trouble("Which query?", f"./lab promql '{EXAMPLE}'")
    home, _ = _live("prometheus")
    asked = urllib.parse.urlencode({"query": query})
    try:
        with urllib.request.urlopen(  # noqa: S310 - loopback
            f"{home.url('prometheus')}/api/v1/query?{asked}", timeout=10
        ) as answer:
            found = json.load(answer)
    except urllib.error.HTTPError as error:
        said = json.loads(error.read()).get("error", "it is not PromQL")
        raise Trouble(f"Prometheus refuses the query: {said}.", "./lab promql up") from error
    except OSError as error:
        raise Trouble("Prometheus does not answer.", "./lab status") from error
    if as_json:
        screen.print_json(found)
        return
    result = found["data"]["result"]
    series = result if isinstance(result, list) and result and isinstance(result[0], dict) else []
    for one in series:
        print(_series(one))
    if not series:
        print("nothing matches" if result == [] else result)


def env(as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """Print URLs for any tool: `eval "$(./lab env)"`."""
    home, answer = _live("")
    urls = {
        "LAB_URL": home.url("edge"),
        "LAB_PROMETHEUS": home.url("prometheus"),
        "LAB_DATABASE": home.dsn(database=str(answer["database"])),
        "LAB_REDIS": home.redis_url(),
        "LAB_CHAOS": home.url("proxy"),
        "LAB_SHORTENER_A": home.url("shortener-a"),
        "LAB_SHORTENER_B": home.url("shortener-b"),
        "LAB_PARTNER": home.url("partner"),
    }
    if any(part["name"] == "kafka" for part in answer["components"]):
        urls["LAB_KAFKA"] = f"{LOOPBACK}:{home.port('kafka')}"
    if as_json:
        screen.print_json(urls)
        return
    for name, url in urls.items():
        print(f"export {name}='{url}'")


def _live(component: str) -> tuple[Home, dict[str, Any]]:
    home = Home.find()
    answer = Warden(home).status()
    running = [part["name"] for part in answer["components"]]
    if not running:
        raise Trouble("The stack is down.", "./lab up")
    if component and component not in running:
        raise Trouble(f"{component} is not running.", "./lab up")
    return home, answer


def _become(program: str, words: list[str], more: dict[str, str] | None = None) -> NoReturn:
    sys.stdout.flush()
    os.execve(program, [program, *words], os.environ | (more or {}))  # noqa: S606


def _plain_get(url: str) -> None:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - loopback
            print(answer.read().decode(errors="replace"))
    except urllib.error.HTTPError as error:
        print(error.read().decode(errors="replace"))
    except OSError as error:
        raise Trouble(f"{url} does not answer.", "./lab status") from error


def _series(one: dict[str, Any]) -> str:
    labels = dict(one["metric"])
    name = labels.pop("__name__", "")
    inside = ", ".join(f'{key}="{value}"' for key, value in sorted(labels.items()))
    values = one.get("values") or [one["value"]]
    return f"{name}{{{inside}}} {' '.join(value for _, value in values)}"


def _follow(log: Path, *, as_json: bool) -> None:
    with log.open() as file:
        file.seek(0, os.SEEK_END)
        begun = ""  # of a line whose end is not written yet
        try:
            while True:
                text = file.read()
                if text:
                    *whole, begun = (begun + text).split("\n")
                    for line in whole:
                        print(_as_asked(log, line, as_json=as_json), flush=True)
                elif not log.exists() or log.stat().st_size < file.tell():
                    return
                else:
                    time.sleep(0.2)
        except KeyboardInterrupt:
            return
