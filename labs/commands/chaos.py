"""`lab chaos`: the faults that are on, those that could be, and turning them on and off by hand."""

import textwrap
from typing import Annotated, Any

import typer

from chaos.client import ProxyClient, ProxyUnreachable
from chaos.journal import checked_for_s
from chaos.words import described
from labs import screen
from labs.commands.chaos_words import possible, spec_from
from labs.commands.learner import session
from labs.engine.next_step import next_step
from stack.trouble import Trouble
from stack.warden.client import Warden

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]

_INDENT = "    "
_ADD_HELP = """Turn a fault on, always with a time limit.

./lab chaos add latency 'shortener-*.redis' --latency 300 --jitter 50 --for 30

./lab chaos add lock-table links

./lab chaos add partner --delay-ms 2000

`./lab chaos` lists the faults and their settings. Toxics act on what comes back to the client;
with --upstream on what it sends.
"""


def register(app: typer.Typer) -> None:
    """Add this group's verbs to the command."""
    group = typer.Typer(
        help="Faults: what is on, what could be; add and remove by hand.",
        invoke_without_command=True,
    )
    group.callback()(list_faults)
    group.command("add", help=_ADD_HELP, context_settings={"ignore_unknown_options": True})(add)
    group.command("remove")(remove)
    group.command("probe")(probe)
    app.add_typer(group, name="chaos")


def list_faults(context: typer.Context, as_json: AsJson = False) -> None:
    """List the faults that are on and those that could be."""
    if context.invoked_subcommand:
        return
    warden = Warden()
    active = warden.status()["faults"]
    links = _links(warden)
    if as_json:
        could_be = [vars(one) for one in possible()]
        screen.print_json({"active": active, "links": links, "possible": could_be})
        return
    _print_active(active)
    _print_possible()
    out = screen.console()
    out.print(f"links: {', '.join(links) or 'none: the stack is down'}", markup=False)
    out.print(f"next: {_next(links)}", markup=False)


def add(
    words: Annotated[list[str], typer.Argument(metavar="FAULT")],
    for_s: Annotated[float, typer.Option("--for", help="Seconds; at most 900.")] = 30.0,
    upstream: Annotated[bool, typer.Option("--upstream", help="Act on requests.")] = False,
    as_json: AsJson = False,
) -> None:
    """Turn a fault on, and say what its probe sees."""
    spec = spec_from(words, upstream=upstream)
    try:
        limit_s = checked_for_s(for_s)
    except ValueError as error:
        raise Trouble(f"{error}.".capitalize(), "./lab chaos add --help") from error
    warden = Warden()
    fault_id = warden.add_fault(spec, limit_s)
    seen = warden.probe(fault_id)
    if as_json:
        screen.print_json({"id": fault_id, "spec": spec, "for_s": limit_s, "probe": seen})
        return
    out = screen.console()
    out.print(f"{fault_id}: {described(spec)}, for {limit_s:g} s", markup=False)
    out.print(_probe_words(seen), markup=False)
    out.print(f"next: ./lab chaos remove {fault_id}", markup=False)


def remove(
    fault_id: Annotated[str, typer.Argument(metavar="ID")] = "",
    everything: Annotated[bool, typer.Option("--all", help="Turn all faults off.")] = False,
    as_json: AsJson = False,
) -> None:
    """Turn one fault off, or all of them."""
    warden = Warden()
    if bool(fault_id) == everything:
        raise Trouble("Name one fault, or say --all.", "./lab chaos")
    gone = [fault["id"] for fault in warden.status()["faults"] if fault_id in ("", fault["id"])]
    if everything:
        warden.lift_all()
    else:
        _lift(warden, fault_id)
    left = warden.status()["faults"]
    if as_json:
        screen.print_json({"removed": gone, "active": left})
        return
    screen.console().print(f"off: {', '.join(gone) or 'nothing was on'}", markup=False)


def probe(fault_id: Annotated[str, typer.Argument(metavar="ID")], as_json: AsJson = False) -> None:
    """Measure whether a fault is really on."""
    seen = Warden().probe(fault_id)
    if as_json:
        screen.print_json({"id": fault_id, **seen})
        return
    screen.console().print(_probe_words(seen), markup=False)


def _lift(warden: Warden, fault_id: str) -> None:
    there = [fault["id"] for fault in warden.status()["faults"]]
    if fault_id not in there:
        known = ", ".join(there) or "none"
        raise Trouble(f"There is no fault {fault_id!r} on; on are: {known}.", "./lab chaos")
    warden.lift(fault_id)


def _probe_words(seen: dict[str, Any]) -> str:
    return f"{'ON' if seen['on'] else 'NOT SEEN TO BE ON'}: {seen['seen']}"


def _next(links: list[str]) -> str:
    """Say what to type next; never a fault by hand, which would disturb a lab in hand."""
    if not links:
        return "./lab up"
    now = session()
    if now.in_hand() is not None:
        return next_step(now.place())
    return "./lab chaos add latency 'shortener-*.redis' --latency 300"


def _links(warden: Warden) -> list[str]:
    if not warden.running():
        return []
    try:
        with ProxyClient(warden.home.url("proxy")) as client:
            return sorted(client.proxies())
    except ProxyUnreachable:
        return []


def _print_active(active: list[dict[str, Any]]) -> None:
    out = screen.console()
    if not active:
        out.print("No fault is on.", markup=False)
    for fault in active:
        words = f"{fault['id']}: {described(fault['spec'])}, {fault['left_s']:g} s left"
        out.print(words, markup=False)
    out.print()


def _print_possible() -> None:
    out = screen.console()
    for one in possible():
        settings = [f"--{name.replace('_', '-')}" for name in one.settings]
        usage = " ".join([one.name, *([one.target.upper()] if one.target else []), *settings])
        out.print(f"[bold]{one.name}[/bold]{usage.removeprefix(one.name)}")
        says = textwrap.fill(one.says, 80, initial_indent=_INDENT, subsequent_indent=_INDENT)
        out.print(says, markup=False)
    out.print()
