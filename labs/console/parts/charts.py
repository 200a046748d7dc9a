"""The charts of one dashboard at a time, live: the same panels that Grafana would draw."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

from nicegui import ui
from nicegui.element import Element

from labs.console.charts import board as dashboards
from labs.console.charts import faults
from labs.console.charts.board import Board, Panel
from labs.console.charts.drawing import Drawing, draw
from labs.console.charts.look import Look
from labs.console.charts.option import option
from labs.console.charts.table import Table, table
from labs.console.charts.window import Window
from labs.console.dom import Choice, heading, tag, words
from labs.console.frame import refused
from labs.console.lab_page import View
from labs.console.looks import follow_looks
from labs.engine.recorded import RecordedRun, all_runs
from stack.trouble import Trouble

EVERY_S = 1.0
LIVE_S = 90
GROUND = {"backgroundColor": "transparent"}  # that of the card around it


@dataclass
class Chart:
    """One panel on the page."""

    panel: Panel
    drawn: Any
    says: Element
    figures: Element
    figures_open: bool = False
    drawing: Drawing | None = field(default=None)


class Charts:
    """The dashboard that is open in this page."""

    def __init__(self, one: View, *, names_faults: bool) -> None:
        self.one = one
        self.names_faults = names_faults
        self.look = Look()
        self.known = False
        self.live = True
        self.board: Board = dashboards.boards()[0]
        self.charts: list[Chart] = []
        with tag("section", aria_labelledby="charts"):
            heading(2, "Dashboards", id="charts")
            with tag("div", classes="row end"):
                names = {board.uid: board.title for board in dashboards.boards()}
                Choice("Dashboard", names, self.open, self.board.uid)
                self.when = words("button", "Show the last run", "button", type="button")
                self.when.on("click", self.turn)
            self.says = words("p", classes="soft small")
            self.told = tag("div", role="status")
            self.place = tag("div", classes="charts")
        self._lay_out()
        follow_looks(self.looked)
        ui.timer(EVERY_S, self.tick)
        self._busy = asyncio.Lock()

    async def open(self, uid: str) -> None:
        """Show another dashboard."""
        self.board = dashboards.board(uid)
        self._lay_out()
        await self.tick(once=True)

    async def turn(self) -> None:
        """Turn between now and the last run."""
        self.live = not self.live
        self.when.text = "Show the last run" if self.live else "Show it live"
        await self.tick(once=True)

    def looked(self, look: Look) -> None:
        """Follow the colours of the page."""
        self.look, self.known = look, True
        for chart in self.charts:
            if chart.drawing is not None:
                self._show(chart, chart.drawing)

    async def tick(self, *, once: bool = False) -> None:
        """Ask for the newest figures; a tick that is still asking is not asked again."""
        if not self.known or (self._busy.locked() and not once) or not (self.live or once):
            return
        async with self._busy:
            await self._ask()

    async def _ask(self) -> None:
        home = self.one.hub.home
        run = None if self.live else next(iter(all_runs(home.runs)), None)
        window = Window.of_run(run) if run else Window.live(time.time(), LIVE_S)
        shades = tuple(await asyncio.to_thread(self._shades, run, window))
        self.says.text = _when(run) + " Shaded: a fault was on." * self.names_faults
        try:
            asked = await self.one.hub.prometheus()
            drawn = [draw(asked, chart.panel, window, shades) for chart in self.charts]
            drawings = await asyncio.gather(*drawn)
        except Trouble as trouble:
            self._refuse(trouble)
            return
        self.told.clear()
        for chart, drawing in zip(self.charts, drawings, strict=False):
            self._show(chart, drawing)

    def _shades(self, run: RecordedRun | None, window: Window) -> list[faults.Shade]:
        if not self.names_faults:
            return []
        return faults.of_run(run) if run else faults.of_home(self.one.hub.home, window)

    def _refuse(self, trouble: Trouble) -> None:
        self.told.clear()
        with self.told:
            refused(trouble)

    def _lay_out(self) -> None:
        self.place.clear()
        with self.place:
            self.charts = [_chart(panel) for panel in self.board.panels]

    def _show(self, chart: Chart, drawing: Drawing) -> None:
        chart.drawing = drawing
        chart.drawn.props["options"] = option(drawing, self.look) | GROUND
        chart.drawn.props["aria-label"] = drawing.says
        chart.drawn.update()
        if chart.figures_open:
            chart.figures.clear()
            with chart.figures:
                figures(table(drawing))


def charts(one: View, *, names_faults: bool = True) -> None:
    """Put the dashboards on a page; on call nobody says which fault is on."""
    Charts(one, names_faults=names_faults)


def _chart(panel: Panel) -> Chart:
    with tag("figure", classes="card chart"):
        with tag("figcaption"):
            heading(3, panel.title)
            says = tag("p", panel.says, "says")
        drawn = ui.echart({}, renderer="svg").props("role=img")
        drawn.props["aria-label"] = f"{panel.title}: no figures yet"
        with tag("details") as more:
            tag("summary", "The same as a table", "small")
            place = tag("div", classes="scroll", tabindex="0", role="region")
            place.props["aria-label"] = f"{panel.title}, as a table"
    made = Chart(panel, drawn, says, place)

    def opened(event: Any) -> None:
        made.figures_open = bool(event.args)
        if made.figures_open and made.drawing is not None:
            place.clear()
            with place:
                figures(table(made.drawing))

    more.on("toggle", opened, js_handler="(e) => emit(e.target.open)")
    return made


def figures(shown: Table) -> None:
    """Show figures as a table."""
    with tag("table", classes="table"):
        tag("caption", shown.caption)
        with tag("thead"), tag("tr"):
            for column in shown.columns:
                tag("th", column, scope="col")
        with tag("tbody"):
            for first, *rest in shown.rows:
                with tag("tr"):
                    tag("th", first, scope="row")
                    for cell in rest:
                        tag("td", cell)


def _when(run: RecordedRun | None) -> str:
    if run is None:
        return f"The last {LIVE_S} seconds, live."
    return f"Run {run.run_id}."
