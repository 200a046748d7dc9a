"""Which page is at which address."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nicegui import app, ui

from labs.console import frame
from labs.console.hub import Hub
from labs.console.pages import (
    board,
    debrief,
    design,
    drill,
    oncall,
    progress,
    repair,
    stack,
    story,
    watch,
    words,
)
from labs.console.parts.share import SHARED, file_of
from stack.home import Home

LOOK: dict[str, Any] = {
    "tailwind": False,
    "show_welcome_message": False,
    "reconnect_timeout": 30.0,  # a machine that is busy with a run may keep a page waiting
}

PLACES: dict[str, Any] = {
    "/": board,
    "/progress": progress,
    "/drill": drill,
    "/design": design,
    "/oncall": oncall,
    "/words": words,
    "/stack": stack,
}

BUILT_WITHIN_S = 60.0  # on a machine that is busy with a run; an error page helps nobody


def register(home: Home) -> None:
    """Put every page at its address."""
    hub = Hub(home)
    app.add_static_files(frame.STATIC_URL, frame.STATIC)
    app.on_startup(hub.watch)
    for at, place in PLACES.items():
        _page(hub, at, place.show)
    for name, room in (("", story), ("/watch", watch), ("/repair", repair), ("/debrief", debrief)):
        _lab_page(hub, name, room.show)
    app.get("/report/{number}")(debrief.report_of(hub))
    app.get(design.PAGE)(design.page_of(hub))
    app.get(f"{SHARED}/{{name}}")(file_of(hub))


def _page(hub: Hub, at: str, show: Callable[[Hub], None]) -> None:
    @ui.page(at, response_timeout=BUILT_WITHIN_S)
    async def _built() -> None:
        await hub.look_now()
        show(hub)


def _lab_page(hub: Hub, name: str, show: Any) -> None:
    @ui.page(f"/lab/{{number}}{name}", response_timeout=BUILT_WITHIN_S)
    async def _page(number: int) -> None:
        await hub.look_now()
        await show(hub, number)
