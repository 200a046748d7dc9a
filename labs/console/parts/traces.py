"""Slow and failed requests of the last run: each as a waterfall, with what was logged about it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from labs.console.dom import Choice, button, focus, heading, html, tag, words
from labs.console.frame import refused
from labs.console.lab_page import View
from labs.console.waterfall import Bar, Said, Section, Waterfall, failed, slow, waterfall
from labs.engine import traces as found
from labs.engine.spans import Trace, short_id
from stack.trouble import Trouble

MOST = 10


class Traces:
    """The list of traces in this page, and the one that is open."""

    def __init__(self, one: View) -> None:
        self.one = one
        self.wanted = "slow"
        with tag("section", classes="card", aria_labelledby="traces"):
            heading(2, "Requests", id="traces")
            with tag("div", classes="row end"):
                Choice("Which", {"slow": "the slowest", "failed": "those that failed"}, self.turn)
                button("Look again", self.load)
            self.count = words("p", classes="soft small", role="status")
            with tag("div", classes="scroll"):
                self.listed = tag("div")
            self.opened = tag("div")
        one.frame.follow(self._state, lambda: one.hub.in_background(self.load()))

    def _state(self) -> int:
        return self.one.hub.seen.ended

    async def turn(self, wanted: str) -> None:
        """Turn between slow and failed ones."""
        self.wanted = wanted
        await self.load()

    async def load(self, _event: Any = None) -> None:
        """Read the traces and list them."""
        try:
            async with self.one.hub.reading:
                words, picked = await asyncio.to_thread(self._picked)
        except Trouble as trouble:
            self.listed.clear()
            with self.listed:
                refused(trouble)
            return
        self.count.text = words
        self.listed.clear()
        with self.listed:
            self._list(picked)

    def _picked(self) -> tuple[str, list[Trace]]:
        """Return where they were read from, and the few to show; the rest is let go of here."""
        source = found.source(self.one.hub.home)
        pick = slow if self.wanted == "slow" else failed
        return f"{len(source.traces)} traces from {source.words}", pick(source.traces, MOST)

    def _list(self, picked: Sequence[Trace]) -> None:
        if not picked:
            tag("p", "None. Break it first, and look again." * (self.wanted == "slow") or "None.")
            return
        with tag("table", classes="table"):
            tag(
                "caption",
                "Requests, " + ("slowest" if self.wanted == "slow" else "newest") + " first",
            )
            with tag("thead"), tag("tr"):
                for column in ("Trace", "Request", "Took", "Answer"):
                    tag("th", column, scope="col")
            with tag("tbody"):
                for trace in picked:
                    self._row(trace)

    def _row(self, trace: Trace) -> None:
        with tag("tr"):
            with tag("th", scope="row"):
                name = short_id(trace)
                button(
                    name, lambda: self.open(trace), "small mono", aria_label=f"Open trace {name}"
                )
            with tag("td"):
                tag("div", trace.route)
                tag("div", trace.instance, "small soft")
            tag("td", f"{trace.took_ms:.0f} ms", "num")
            tag("td", _answer(trace))

    async def open(self, trace: Trace) -> None:
        """Show one trace."""
        said = await asyncio.to_thread(found.said_about, self.one.hub.home, trace.trace_id)
        whole = waterfall(trace, said)
        self.opened.clear()
        with self.opened:
            focus(_whole(whole))  # in here: the row that was pressed may be gone by now


def traces(one: View) -> None:
    """Put the traces on a page."""
    Traces(one)


def _answer(trace: Trace) -> str:
    """Say what was answered, and how many spans failed on the way."""
    said = str(trace.status or "unknown")
    return said if not trace.errors else f"{said}, {trace.errors} failed"


def _whole(whole: Waterfall) -> Any:
    title = heading(3, f"Trace {whole.short_id}: {whole.route}, {whole.took_ms:.1f} ms")
    with tag("p", classes="small soft"):
        tag("span", f"Through {', '.join(whole.services)}. In a terminal: ")
        tag("code", f"./lab trace {whole.short_id}")
    for section in whole.sections:
        _section(section)
    tag("h4", "What was logged about it")
    if not whole.log:
        tag("p", "Nothing was logged about this request.", "soft small")
    with tag("ul", classes="log"):
        for line in whole.log:
            tag("li", _logged(line))
    return title


def _section(section: Section) -> None:
    after = f", {section.from_ms:.0f} ms after it began" if section.from_ms else ""
    tag("h4", f"{section.title}: {section.took_ms:.1f} ms{after}")
    with tag("ul", classes="bars"):
        for bar in section.bars:
            _bar(bar)


def _bar(bar: Bar) -> None:
    kind = " ".join(
        word for word, is_so in (("critical", bar.critical), ("error", bar.failed)) if is_so
    )
    times = f" ×{bar.count}" if bar.count > 1 else ""
    place = f"left:{bar.left_percent}%;width:{bar.width_percent}%"
    with tag("li", classes=kind or "other"):
        with tag("div", classes="what", style=f"padding-left:{min(bar.depth, 8) * 0.7}rem"):
            tag("span", f"{bar.name}{times}{' ✗ failed' if bar.failed else ''}")
            detail = f" · {bar.detail[:120]}" if bar.detail else ""
            tag("small", f"{bar.instance}{detail}")
        html(f'<div class="rail" aria-hidden="true"><i style="{place}"></i></div>')
        tag("span", f"{bar.took_ms:.1f} ms", "ms")


def _logged(line: Said) -> str:
    at = "" if line.at_ms is None else f"{line.at_ms:+.1f} ms "
    more = " ".join(f"{name}={value}" for name, value in line.fields.items())
    return f"{at}{line.component} {line.level} {line.words} {more}".strip()
