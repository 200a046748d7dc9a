"""On call: an incident that nobody names, or none at all; fifteen minutes, the diagnosis counts."""

from __future__ import annotations

from labs.console.dom import heading, tag
from labs.console.frame import page, refused
from labs.console.hub import Hub
from labs.console.lab_page import View
from labs.console.parts.charts import charts
from labs.console.parts.pager import Pager
from labs.console.parts.traces import traces
from labs.engine.catalogue import all_labs
from labs.loop import oncall as calls


def show(hub: Hub) -> None:
    """Build the page."""
    with page(hub, "On call", "/oncall") as frame:
        heading(1, "On call")
        told = "Something you have repaired before is broken again, somewhere, or nothing is. "
        tag("p", told + "Look, and say what it is; no repair is asked for.", "lead")
        closed = calls.still_closed(calls.eligible(all_labs(), hub.session.progress))
        if closed is not None:
            refused(closed)
            return
        view = View(hub, frame)
        if Pager(view).open_at_first:
            charts(view, names_faults=False)
            traces(view)
