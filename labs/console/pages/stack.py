"""The stack by hand: every component, every fault, and a load."""

from __future__ import annotations

from typing import Any

from labs.console.dom import button, heading, tag
from labs.console.frame import page, refused
from labs.console.hub import Hub
from labs.console.parts.by_hand import by_hand, spike
from stack.trouble import Trouble

COLUMNS = ("Component", "State", "Port", "Process", "MiB")


def show(hub: Hub) -> None:
    """Build the page."""
    with page(hub, "Stack", "/stack") as frame:
        heading(1, "The stack")
        tag("p", "Real servers on this machine, and the services of your workspace.", "lead")
        with tag("section", classes="card", aria_labelledby="components"):
            heading(2, "Components", id="components")
            shown = tag("div", classes="scroll")
            with tag("div", classes="row"):
                button("Start the stack", lambda: _run(hub, told, "up"), "main small")
                button("Stop the stack", lambda: _run(hub, told, "down"), "small")
            told = tag("div", role="status", aria_live="polite")
        by_hand(frame, hub)
        spike(frame, hub)

    def draw() -> None:
        shown.clear()
        with shown:
            _components(hub.seen.stack["components"])

    frame.follow(lambda: _state(hub.seen.stack["components"]), draw)


def _state(components: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [
        (c["name"], c["state"], c["pid"], c["restarts"], round(c["memory_mb"])) for c in components
    ]


def _components(components: list[dict[str, Any]]) -> None:
    if not components:
        tag("p", "The stack is down; what needs it starts it.", "soft")
        return
    memory_mb = sum(part["memory_mb"] for part in components)
    with tag("table", classes="table"):
        tag("caption", f"{len(components)} components, {memory_mb:.0f} MiB in all")
        with tag("thead"), tag("tr"):
            for column in COLUMNS:
                tag("th", column, scope="col")
        with tag("tbody"):
            for part in components:
                _component(part)


def _component(part: dict[str, Any]) -> None:
    ready = part["state"] == "ready"
    again = f", started {part['restarts']} times again" if part["restarts"] else ""
    note = f", {part['note']}" if part.get("note") else ""
    with tag("tr"):
        tag("th", part["name"], scope="row")
        tag("td", part["state"] + again + note, "held" if ready else "broke")
        tag("td", str(part["port"]), "num")
        tag("td", str(part["pid"] or "–"), "num")
        tag("td", f"{part['memory_mb']:.0f}", "num")


async def _run(hub: Hub, told: Any, verb: str) -> None:
    told.clear()
    with told:
        tag("p", f"lab {verb} ...", "soft")
    try:
        trouble = (await hub.jobs.run(verb)).trouble
    except Trouble as busy:
        trouble = busy
    told.clear()
    if trouble is not None:
        with told:
            refused(trouble)
