"""How this page is looked at: dark or light, moving or still, on a phone or on a desk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nicegui import ui

from labs.console.charts.look import Look


def follow_looks(draw: Callable[[Look], Any]) -> None:
    """Call `draw` as soon as the browser has said, and whenever it changes its mind."""

    def heard(event: Any) -> None:
        said = event.args
        draw(
            Look(dark=bool(said["dark"]), moves=not said["still"], narrow=bool(said["narrow"])),
        )

    ui.on("looks", heard)
    ui.context.client.on_connect(lambda: ui.run_javascript("window.tellLooks()"))
