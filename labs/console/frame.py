"""What surrounds every page: the way in, the way around, and the tick that keeps it current."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterator
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from nicegui import ui
from nicegui.element import Element

from labs.console.dom import html, link, tag, words
from labs.console.hub import TICK_S, Hub
from stack.trouble import Trouble

STATIC = Path(__file__).parent / "static"
STATIC_URL = "/console"
PLACES = (
    ("Labs", "/"),
    ("Progress", "/progress"),
    ("Drill", "/drill"),
    ("Design", "/design"),
    ("On call", "/oncall"),
    ("Words", "/words"),
    ("Stack", "/stack"),
)
BOLT = (
    '<svg viewBox="0 0 24 24" aria-hidden="true"><path fill="none" stroke="currentColor" '
    'stroke-width="1.8" stroke-linecap="round" d="M1.5 12h4M18.5 12h4"/>'
    '<circle cx="12" cy="12" r="8.2" fill="none" stroke="currentColor" stroke-width="1.8"/>'
    '<path fill="var(--spark)" d="M13.2 6.2 8 13.2h3.3l-.7 4.6 5.4-7.2h-3.4z"/></svg>'
)


@cache
def _version(name: str) -> str:
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]


def head() -> str:
    """Return what every page's head holds."""
    style, script = (
        f"{STATIC_URL}/{name}?{_version(name)}" for name in ("console.css", "console.js")
    )
    return f'<link rel="stylesheet" href="{style}"><script defer src="{script}"></script>'


class Frame:
    """One open page. What it follows is looked at on each tick, and drawn when it is new."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self._ticks: list[Callable[[], None]] = []

    def follow(self, look: Callable[[], Any], draw: Callable[[], None]) -> None:
        """Draw now, and again whenever `look` returns something else."""
        seen = look()
        draw()

        def tick() -> None:
            nonlocal seen
            now = look()
            if now != seen:
                seen = now
                draw()

        self._ticks.append(tick)

    def tick(self) -> None:
        """Look at everything that is followed."""
        for tick in self._ticks:
            tick()


def first_paint(title: str) -> str:
    """Return what is seen until the page is built: the same head, from the document itself."""
    brand = f'<div class="top"><div class="top-in"><span class="brand">{BOLT}Short Circuit</span>'
    return f'<div class="first">{brand}</div></div><p class="first-title">{escape(title)}</p></div>'


@contextlib.contextmanager
def page(hub: Hub, title: str, here: str = "") -> Iterator[Frame]:
    """Build a page between header and footer; `here` is the address the header marks."""
    client = ui.context.client
    ui.page_title(f"{title} · Short Circuit")
    ui.add_head_html(head())
    ui.add_body_html(first_paint(title))
    main = client.content.parent_slot.parent if client.content.parent_slot else client.content
    main.props["aria-label"] = title
    frame = Frame(hub)
    with client.layout:
        top = tag("header", classes="top")
        top.move(client.layout, 0)
        with top:
            _header(frame, here, main)
        tag("div", classes="sr", id="said", role="status", aria_live="polite")
    with tag("div", classes="page"):
        yield frame
    ui.timer(TICK_S, frame.tick)


def _header(frame: Frame, here: str, main: Element) -> None:
    link("Skip to content", f"#{main.html_id}", "skip")
    main.props["tabindex"] = "-1"
    with tag("div", classes="top-in"):
        with tag("a", classes="brand", href="/"):
            html(BOLT)
            tag("span", "Short Circuit")
        health = words("span", "The stack is being asked", "health")
        with tag("nav", aria_label="Main"):
            for name, to in PLACES:
                link(name, to, aria_current="page" if to == here else False)
    frame.follow(lambda: _health(frame.hub), lambda: _draw_health(frame.hub, health))


def _health(hub: Hub) -> tuple[str, str]:
    stack = hub.seen.stack
    ill = [part["name"] for part in stack["components"] if part["state"] != "ready"]
    if not stack["components"]:
        return "Stack is down", ""
    faults = len(stack["faults"])
    on = f", {faults} fault{'s' if faults > 1 else ''} on" if faults else ""
    if ill:
        return f"Not ready: {', '.join(ill[:2])}{' ...' if len(ill) > 2 else ''}{on}", "ill"
    return f"Stack is up{on}", "up"


def _draw_health(hub: Hub, chip: Any) -> None:
    words, kind = _health(hub)
    chip.text = words
    chip.classes(replace=f"health {kind}")


def refused(trouble: Trouble) -> None:
    """Show what cannot be done, and what to do instead."""
    with tag("div", classes="note bad", role="alert"):
        tag("p", trouble.said)
        with tag("p"):
            tag("span", "Next: ")
            tag("code", trouble.try_next)
