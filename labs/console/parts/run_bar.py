"""Break, check, hold, stop: the run under way as it goes, and what the last one said."""

from __future__ import annotations

from nicegui.element import Element

from labs.console import verdicts
from labs.console.dom import button, html, link, tag
from labs.console.frame import Frame, refused
from labs.console.hub import Hub
from labs.console.parts.plot import plot
from labs.console.under_way import Snapshot
from labs.engine.catalogue import LabFolder
from stack.trouble import Trouble

HOLD_MINUTES = 10
RUNS = {
    "break": ("break", "--json"),
    "check": ("check", "--json"),
    "hold": ("break", "--hold", "--minutes", str(HOLD_MINUTES)),
}
DOING = {"break": "The outage runs", "check": "Your code is being checked", "start": "Starting"}


class RunBar:
    """One bar on one open page; every page and every browser shows the same run."""

    def __init__(self, frame: Frame, hub: Hub, folder: LabFolder) -> None:
        self.hub, self.folder = hub, folder
        with tag("section", classes="card run", aria_label="Run"):
            with tag("div", classes="row"):
                self.press = [
                    button("Break it", lambda: self._run("break"), "spark"),
                    button("Check my code", lambda: self._run("check"), "main"),
                    button("Hold the outage", lambda: self._run("hold"), "small"),
                ]
                self.stop = button("Stop", hub.jobs.stop, "small")
            with tag("div"):
                self.moving = tag("div")
                self.said = tag("div", role="status", aria_live="polite", aria_atomic="true")
        frame.follow(lambda: hub.seen.run, self._draw_moving)
        frame.follow(self._state, self._draw)

    def _state(self) -> tuple[object, ...]:
        job = self.hub.job
        done = self.hub.seen.progress.lab(self.folder.lab.slug)
        known = (len(done.attempts), done.started_at)
        return (*known, job is not None, self.hub.seen.run is not None)

    async def _run(self, how: str) -> None:
        self.hub.in_background(self._to_its_end(how))

    async def _to_its_end(self, how: str) -> None:
        try:
            job = await self.hub.jobs.run(*RUNS[how])
        except Trouble as busy:
            self._refuse(busy)
            return
        self.hub.changed()
        if job.trouble is not None:
            self._refuse(job.trouble)

    def _refuse(self, trouble: Trouble) -> None:
        self.said.clear()
        with self.said:
            refused(trouble)

    def _draw(self) -> None:
        job, running = self.hub.job, self.hub.seen.run is not None
        for pressed in self.press:
            pressed.props["disabled"] = job is not None or running
        self.stop.set_visibility(job is not None)
        self.said.clear()
        with self.said:
            if job is not None:
                tag("p", f"{DOING.get(job.verb, job.verb)} ...", "soft")
            elif running:
                tag("p", "A run is under way in a terminal or another window ...", "soft")
            else:
                self._last()

    def _last(self) -> None:
        job = self.hub.jobs.last
        if job is not None and job.trouble is not None:
            refused(job.trouble)
            return
        last = verdicts.last_of(self.hub.session, self.folder)
        if last is None:
            tag("p", "Nothing has run yet. Break it, and watch what people feel.", "soft")
        elif last.is_break:
            tag("p", f"The last outage: {last.says}")
        else:
            word = last.attempt.verdict
            tag("p", last.says, f"verdict {word}")
            if last.attempt.why:
                tag("p", last.attempt.why, "small")
            if word == "PASS":
                tag("p", f"This lab is called {self.folder.lab.slug}.", "small")
                link("On to the debrief", f"/lab/{self.folder.lab.number}/debrief", "button small")

    def _draw_moving(self) -> None:
        run = self.hub.seen.run
        self.moving.clear()
        if run is not None:
            with self.moving:
                _moving(run)


def run_bar(frame: Frame, hub: Hub, folder: LabFolder) -> RunBar:
    """Put the bar on a page."""
    return RunBar(frame, hub, folder)


def _moving(run: Snapshot) -> Element:
    with tag("div") as whole:
        with tag("div", classes="live"):
            if run.now_s < 0 or not run.seconds:
                tag("span", "Getting ready: fresh database, empty cache ...")
            else:
                _figures(run)
            for name in run.on:
                tag("span", f"fault on: {name}", "on")
        with tag(
            "div",
            classes="bar",
            role="progressbar",
            aria_label="Timeline of the run",
            aria_valuenow=run.percent,
            aria_valuemin=0,
            aria_valuemax=100,
        ):
            html(f'<i style="width:{run.percent}%"></i>')
        if run.seconds:
            html(plot(run.seconds, run.length_s))
    return whole


def _figures(run: Snapshot) -> None:
    second = run.seconds[-2] if len(run.seconds) > 1 else run.seconds[-1]  # the last still fills
    shown = min(run.now_s, run.length_s)
    _figure(f"{shown:.0f} s", f"of {run.length_s:.0f} s")
    _figure(f"{second.offered}/s", "asked")
    _figure(f"{second.good}/s", "served")
    _figure(f"{second.failed}/s", "failed")
    _figure("–" if second.p99_ms is None else f"{second.p99_ms:.0f} ms", "p99")


def _figure(value: str, name: str) -> None:
    with tag("div"):
        tag("b", value)
        tag("span", f" {name}")
