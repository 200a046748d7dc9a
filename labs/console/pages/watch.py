"""A lab's live view: charts of the dashboards, and the traces of the last run."""

from __future__ import annotations

from labs.console.dom import tag
from labs.console.hub import Hub
from labs.console.pages.lab import lab_page
from labs.console.parts.charts import charts
from labs.console.parts.traces import traces


async def show(hub: Hub, number: int) -> None:
    """Build the page."""
    with lab_page(hub, number, "/watch") as one:
        if one is None:
            return
        with tag("div"):
            charts(one)
            traces(one)
