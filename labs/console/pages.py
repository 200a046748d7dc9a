"""Which page is at which address."""

from __future__ import annotations

from typing import Any

from nicegui import ui

from stack.home import Home

LOOK: dict[str, Any] = {"tailwind": False, "show_welcome_message": False}


def register(_home: Home) -> None:
    """Put every page at its address."""

    @ui.page("/")
    def _board() -> None:
        ui.label("Short Circuit")
