"""Panels by name, for the lab and its pages: `find("cache.loads").queries[0].expr`."""

from difflib import get_close_matches

from dashboards.boards import BOARDS
from dashboards.panel import Panel


def every() -> dict[str, Panel]:
    """Return all panels by name, in the order of the dashboards."""
    return {panel.name: panel for board in BOARDS for panel in board.panels}


def find(name: str) -> Panel:
    """Return the panel with this name.

    Raises:
        KeyError: There is none; the message has the nearest one.
    """
    panels = every()
    if name in panels:
        return panels[name]
    near = get_close_matches(name, panels, n=1, cutoff=0.4)
    raise KeyError(f"no panel {name!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
