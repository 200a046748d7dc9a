"""Verbs of the group `look`: `lab trace` shows where the time of a request went."""

import os
from typing import Annotated, Any

import typer

from labs import screen
from labs.engine import logs, spans, traces, waterfall
from labs.engine.recorded import RecordedRun, find_run
from labs.engine.spans import Trace
from stack.home import Home
from stack.trouble import Trouble
from stack.warden.client import Warden


def register(app: typer.Typer) -> None:
    """Add `trace`."""
    app.command("trace")(trace)


def trace(  # noqa: PLR0913, PLR0917 - each is an option of the verb
    trace_id: Annotated[
        str | None, typer.Argument(help="Show this trace as a tree (the end of its id does).")
    ] = None,
    compare: Annotated[
        tuple[str, str] | None,
        typer.Option(help="RUN RUN: the slowest request of one run beside the same route's."),
    ] = None,
    run: Annotated[str, typer.Option(help="A run's id; the last one unless said.")] = "last",
    live: Annotated[
        bool, typer.Option("--live", help="What the span sink has in memory, not a run.")
    ] = False,
    phase: Annotated[
        str, typer.Option(help="Only this phase of the load, or `all` (of --hold: the main one).")
    ] = "",
    route: Annotated[str | None, typer.Option(help="Only routes with this in their name.")] = None,
    count: Annotated[int, typer.Option(min=1, max=1000, help="How many to list.")] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """List the slowest requests, or show where the time of one went."""
    home = Home.find()
    if compare:
        _show_pair(find_run(home.runs, compare[0]), find_run(home.runs, compare[1]), route, as_json)
    elif trace_id:
        _show_one(traces.find(home, trace_id, run), as_json)
    else:
        if live and not Warden(home).status()["components"]:
            raise Trouble("The stack is down: nothing is in its memory.", "./lab up")
        _list(traces.source(home, run, phase, live=live), route, count, as_json)


def _list(source: traces.Source, route: str | None, count: int, as_json: bool) -> None:
    found = spans.slowest(source.traces, count, route)
    if as_json:
        listed = [_summary(trace) for trace in found]
        screen.print_json({"source": source.words, "of": len(source.traces), "traces": listed})
        return
    if not found:
        where = f" on a route with {route!r}" if route else ""
        raise Trouble(f"There is no trace{where} in {source.words}.", "./lab break")
    out = screen.console()
    out.print(f"The slowest of {len(source.traces)} requests in {source.words}", markup=False)
    head = f"{'took ms':>9} {'status':>6} {'spans':>5} {'errors':>6}  {'trace':8}  route"
    out.print(f"\n{head}", markup=False)
    for one in found:
        figures = f"{one.took_ms:9.1f} {one.status or '-':>6} {len(one.spans):5} {one.errors:6}"
        said = f"{figures}  {spans.short_id(one)}  {one.route} on {one.instance}"
        out.print(said, markup=False)
    if len(source.phases) > 1:
        out.print(
            f"\n--phase shows one of: {', '.join(source.phases)}", markup=False, soft_wrap=True
        )
    out.print(f"\nnext: ./lab trace {spans.short_id(found[0])}", markup=False)


def _show_one(found: traces.Found, as_json: bool) -> None:
    if as_json:
        screen.print_json(_detailed(found.trace) | {"source": found.where})
        return
    out = screen.console()
    out.print(f"Of {found.where}:", markup=False)
    for line in _drawn(found.trace, out.width):
        out.print(line, markup=False, soft_wrap=True)
    out.print("\n* the answer waited for it   self: time in a span that no child covers")
    for line in _details(found.trace):
        out.print(line, markup=False)


def _show_pair(before: RecordedRun, after: RecordedRun, route: str | None, as_json: bool) -> None:
    if route is None:
        both = spans.pair(before.main_traces, after.main_traces)
    else:
        both = spans.pair([one for one in before.traces if route in one.route], after.traces)
    if both is None:
        raise Trouble(f"{before.run_id} and {after.run_id} share no traced route.", "./lab trace")
    if as_json:
        first, second = (_detailed(one) for one in both)
        screen.print_json({"before": first, "after": second})
        return
    out = screen.console()
    for name, recorded, one in zip(("BEFORE", "AFTER"), (before, after), both, strict=True):
        out.print(f"{name}: the slowest {one.route} of run {recorded.run_id}", markup=False)
        for line in _drawn(one, out.width, both[0].took_ms):
            out.print(line, markup=False)
        out.print()
    quick, slow = sorted(one.took_ms for one in both)
    word = "faster" if both[1].took_ms <= both[0].took_ms else "SLOWER"
    out.print(f"after is {slow / max(quick, 0.001):.1f} times {word}", markup=False)


def _drawn(one: Trace, width: int, scale_ms: float | None = None) -> list[str]:
    errors = {0: "no errors", 1: "1 error"}.get(one.errors, f"{one.errors} errors")
    head = f"{one.route} on {one.instance}: {one.took_ms:.1f} ms"
    plain = not screen.may_animate() and bool(os.environ.get("NO_COLOR"))
    return [
        f"trace {one.trace_id}",
        f"{head}, {len(one.spans)} spans, {errors}",
        "",
        *waterfall.lines(one, waterfall.Canvas(min(width, 160), scale_ms, ascii_only=plain)),
    ]


def _details(one: Trace) -> list[str]:
    """Say what spans did beyond their names (statements, errors), each once, in order."""
    said: dict[str, None] = {}
    for row in waterfall.rows(one):
        if row.detail:
            said.setdefault(f"  {row.name}: {row.detail}")
    return ["", *said] if said else []


def print_logs_of(home: Home, typed: str, *, as_json: bool = False) -> None:
    """Print what every process said about a trace; the end of its id is enough (`lab logs`)."""
    whole = len(typed) == traces.WHOLE_ID
    trace_id = typed if whole else traces.find(home, typed).trace.trace_id
    said = traces.said_about(home, trace_id)
    if not said:
        raise Trouble(f"No process said anything about trace {trace_id}.", f"./lab trace {typed}")
    if as_json:
        lines = [{"component": line.component, **line.said} for line in said]
        screen.print_json({"trace_id": trace_id, "lines": lines})
        return
    for line in said:
        screen.console().print(logs.spoken(line), markup=False)


def _summary(one: Trace) -> dict[str, Any]:
    return {
        "trace_id": one.trace_id,
        "route": one.route,
        "instance": one.instance,
        "start_s": one.root.start_s,
        "took_ms": round(one.took_ms, 3),
        "status": one.status,
        "spans": len(one.spans),
        "errors": one.errors,
    }


def _detailed(one: Trace) -> dict[str, Any]:
    tree = [
        {
            "span_id": node.span.span_id,
            "parent_id": node.span.parent_id,
            "depth": node.depth,
            "name": node.span.name,
            "instance": node.span.instance,
            "at_ms": round((node.span.start_s - one.root.start_s) * 1000, 3),
            "took_ms": round(node.span.took_ms, 3),
            "self_ms": round(node.self_ms, 3),
            "critical": node.critical,
            "status": node.span.status,
            "attributes": node.span.attributes,
        }
        for node in one.tree()
    ]
    return _summary(one) | {"tree": tree}
