"""The stack's verbs: bring it up and down, look at it, and ask what is wrong with it."""

import fnmatch
import json
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from labs import screen
from labs.commands.options import Json
from labs.commands.programs import have_kafka, have_programs
from stack import runtime
from stack.home import CHECKOUT, Home
from stack.trouble import Trouble
from stack.warden.client import DoesNotStart, Warden

EVERYDAY = ("edge", "prometheus")
EVERYTHING = (*EVERYDAY, "kafka", "relay", "analytics")


def register(app: typer.Typer) -> None:
    """Add this group's verbs to the command."""
    for verb in (up, down, restart, status, doctor, setup, uninstall):
        app.command(verb.__name__)(verb)


def up(
    everything: Annotated[
        bool, typer.Option("--all", help="Kafka, relay and analytics too (fetches Kafka once).")
    ] = False,
    as_json: Json = False,
) -> None:
    """Start the stack on your workspace (or the healthy services, with no lab in hand)."""
    have_programs()
    if everything:
        have_kafka()
    home = Home.find()
    wanted = wish(home, EVERYTHING if everything else EVERYDAY)
    answer = watched_up(home, wanted, quiet=as_json)
    if as_json:
        screen.print_json(answer)
        return
    memory_mb = sum(c["memory_mb"] for c in answer["components"])
    screen.console().print(
        f"Up: {len(answer['components'])} components, {memory_mb:.0f} MiB, at {home.url('edge')}",
        markup=False,
    )
    for part in answer["components"]:
        if part.get("note"):
            screen.console().print(f"{part['name']}: {part['note']}", markup=False)


def down() -> None:
    """Stop everything that `up` started."""
    if runtime.in_compose():
        raise Trouble("Containers are stopped from outside of them.", "docker compose down")
    Warden().down()
    screen.console().print("Down: no process and no port is left.", markup=False)


def restart(
    component: Annotated[str, typer.Argument(help="One component; without it, everything.")] = "",
) -> None:
    """Stop and start everything, or one component."""
    home = Home.find()
    if component:
        Warden(home).process(component, "restart")
        screen.console().print(f"{component} is ready again.", markup=False)
        return
    have_programs()
    wanted = wish(home, EVERYDAY)
    Warden(home).down()
    watched_up(home, wanted)
    screen.console().print("Up again.", markup=False)


def status(as_json: Json = False) -> None:
    """Show every component: pid, port, state, memory, and which faults are on."""
    answer = Warden().status()
    if as_json:
        screen.print_json(answer)
        return
    if not answer["components"]:
        screen.console().print("The stack is down.\nnext: ./lab up", markup=False)
        return
    _print_table(answer)


def doctor(
    load: Annotated[
        bool, typer.Option("--load", help="Also: how fast the load generator may go (20 s).")
    ] = False,
    as_json: Json = False,
) -> None:
    """Look for what could stand in the way; each line says what to type."""
    from stack.doctor import examine  # noqa: PLC0415 - not before it is asked for

    found = []
    for finding in examine(Home.find()):
        found.append(finding)
        if not as_json:
            mark = {True: "ok", False: "NO", None: "--"}[finding.ok]
            following = f"   type: {finding.try_next}" if finding.try_next else ""
            line = f"{mark} {finding.what:<13} {finding.said}{following}"
            screen.console().print(line, markup=False)
    if as_json:
        screen.print_json([vars(finding) for finding in found])
    elif load:
        from loadtests.honesty import measure  # noqa: PLC0415 - not before it is asked for

        screen.console().print(f"   {'load':<13} {measure().sentence()}", markup=False)
    raise typer.Exit(2 if any(finding.ok is False for finding in found) else 0)


def setup() -> None:
    """Install what is missing: system packages and the Python environment."""
    code = subprocess.call([sys.executable, "-m", "stack.bootstrap"])
    if code == 0:
        screen.console().print("Everything is here.\nnext: ./lab up", markup=False)
    raise typer.Exit(code)


def uninstall() -> None:
    """Say what was added to this machine, and the command that removes it."""
    home = Home.find()
    try:
        packages = json.loads((home.path / "installed.json").read_text())["packages"]
    except (FileNotFoundError, ValueError, KeyError):
        packages = []
    console = screen.console()
    if packages:
        console.print("These system packages were added by the lab:", markup=False)
        console.print("  " + " ".join(packages), markup=False)
        console.print(f"To remove them: apt-get purge -y {' '.join(packages)}", markup=False)
    else:
        console.print("No system package was added by the lab.", markup=False)
    console.print(f"Everything else is in {home.path} and {home.workspace}.", markup=False)
    console.print(f"To remove it: ./lab down && rm -rf {home.path}", markup=False)
    console.print(f"(your own work is in {home.workspace}; it is kept)", markup=False)


def wish(home: Home, needs: tuple[str, ...]) -> dict[str, Any]:
    """Return what to bring up: what ran last, with at least `needs`."""
    try:
        last = json.loads((home.run / "deployment.json").read_text())
    except (FileNotFoundError, ValueError):
        last = {}
    root = Path(last.get("services_root") or CHECKOUT)
    if not (root / "services").is_dir():
        root, last = CHECKOUT, {}
    return {
        "needs": list(dict.fromkeys([*last.get("needs", []), *needs])),
        "services_root": str(root),
        "scale": last.get("scale") or {},
        "database": last.get("database"),
    }


def watched_up(home: Home, wanted: dict[str, Any], *, quiet: bool = False) -> dict[str, Any]:
    """Bring it up while saying what is being waited for."""
    from labs.commands.stack_progress import Watched  # noqa: PLC0415 - threads, rich.live

    try:
        return Watched(Warden(home), quiet=quiet).up(wanted)
    except DoesNotStart as error:
        out = screen.console(stderr=True)
        for line in error.log_tail.splitlines()[-8:]:
            out.print(f"  {line}", markup=False)
        raise


def _print_table(answer: dict[str, Any]) -> None:
    from rich.table import Table  # noqa: PLC0415 - not before something is drawn

    table = Table(box=None, pad_edge=False)
    for title in ("component", "pid", "port", "state", "MiB", "faults"):
        table.add_column(title, justify="right" if title in ("pid", "port", "MiB") else "left")
    for part in answer["components"]:
        again = f" ({part['restarts']}x again)" if part["restarts"] else ""
        note = f", {part['note']}" if part.get("note") else ""
        table.add_row(
            part["name"],
            str(part["pid"] or "-"),
            str(part["port"]),
            part["state"] + again + note,
            f"{part['memory_mb']:.0f}",
            " ".join(f["id"] for f in answer["faults"] if _touches(f["spec"], part["name"])),
        )
    console = screen.console()
    console.print(table)
    total = sum(part["memory_mb"] for part in answer["components"])
    console.print(f"{total:.0f} MiB in all; code {answer['code']} of {answer['services_root']}")
    for fault in answer["faults"]:
        console.print(f"{fault['id']}: {fault['left_s']:.0f} s left", markup=False)


def _touches(spec: dict[str, Any], name: str) -> bool:
    """Whether a fault concerns a component: its process, or one end of its link."""
    if spec.get("process") == name:
        return True
    kind = str(spec.get("kind", ""))
    if kind in ("lock_table", "exhaust_connections", "terminate_backends"):
        return name == "postgres"
    if kind.startswith(("redis", "partner")):
        return kind.startswith(name)
    client, _, dependency = str(spec.get("proxy", "")).partition(".")
    return bool(client) and (fnmatch.fnmatch(name, client) or fnmatch.fnmatch(name, dependency))
