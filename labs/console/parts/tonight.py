"""What is worth this evening, with minutes; each thing leads to its page."""

from __future__ import annotations

import time

from labs.console.dom import heading, link, tag
from labs.console.hub import Hub
from labs.engine.catalogue import all_labs
from labs.loop.tonight import Item
from labs.loop.tonight import tonight as worth_it

WHERE = {"cards": "/drill", "on-call": "/oncall", "design": "/design"}
REST = "Every lab is solved and no card is due. Rest, or take one again."


def tonight(hub: Hub, *, says_rest: bool = False) -> None:
    """Show it; `says_rest` also where there is nothing."""
    items = worth_it(all_labs(), hub.session.progress, time.time())
    if not items and not says_rest:
        return
    with tag("section", classes="card", aria_labelledby="tonight"):
        heading(2, "Tonight", id="tonight")
        if not items:
            tag("p", REST, "soft")
        with tag("ul", classes="ticks"):
            for item in items:
                with tag("li", classes="now"):
                    link(f"{item.what[:1].upper()}{item.what[1:]}", where(hub, item))
                    tag("span", f", {item.minutes} min ")
                    tag("code", item.command)


def where(hub: Hub, item: Item) -> str:
    """Return the page on which it is done."""
    if item.kind in WHERE:
        return WHERE[item.kind]
    typed = item.command.rpartition(" ")[2]
    number = int(typed) if typed.isdigit() else hub.session.folder().lab.number
    return f"/lab/{number}{'/debrief' if item.kind == 'debrief' else ''}"
