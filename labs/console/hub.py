"""What every open page wants to know, looked up once for all of them.

A page asks `hub.seen` on each tick and draws again only what has changed; files, locks and the
warden are asked here, in a thread, and only while somebody looks.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nicegui import Client

from labs.console import memory
from labs.console.charts.prometheus import Prometheus
from labs.console.jobs import Job, Jobs
from labs.console.under_way import Snapshot, UnderWay
from labs.engine.catalogue import LabFolder
from labs.engine.next_step import Place
from labs.engine.progress import Progress
from labs.engine.session import Session
from stack.home import Home
from stack.trouble import Trouble
from stack.warden.client import Warden

LOG = logging.getLogger(__name__)
TICK_S = 0.5
STACK_EVERY_S = 2.0
DOWN: dict[str, Any] = {"components": [], "faults": []}


@dataclass
class Seen:
    """What was seen last. Each part is replaced whole, so that a page can tell what is new."""

    stack: dict[str, Any] = field(default_factory=lambda: dict(DOWN))
    run: Snapshot | None = None
    place: Place = field(default_factory=lambda: Place(first_lab=1))
    progress: Progress = field(default_factory=Progress)
    diff: str = ""  # what the learner changed since the lab was started
    changed_at: int = 0  # grows with each change of the progress file or of the workspace
    job_at: int = 0  # grows with each thing that a job says
    ended: int = 0  # grows with each run that has ended


class Hub:
    """One per console."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.session = Session(home)
        self.seen = Seen()
        self.jobs = Jobs(home, self._job_changed)
        self.asides = Jobs(home, self._job_changed)  # quick verbs, also while a run goes on
        self._under_way = UnderWay(home)
        self._stack_asked_at = 0.0
        self._stamp: tuple[int, int] = (0, 0)
        self._looking = threading.Lock()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._prometheus: tuple[str, Prometheus] | None = None
        self._tidied_at = 0.0
        self.reading = asyncio.Lock()  # a run's traces: large for a moment, so one page at a time

    async def watch(self) -> None:
        """Keep looking; nothing is asked while no page is open."""
        while True:
            if any(client.has_socket_connection for client in Client.instances.values()):
                await self.look_now()
                await self._quietly(self.look_at_stack)
            await self._tidy()
            await asyncio.sleep(TICK_S)

    async def look_now(self) -> None:
        """Look in a thread; a page that is being built waits for this."""
        await self._quietly(self.look)

    async def _quietly(self, look: Callable[[], None]) -> None:
        """What cannot be read now is read at the next tick: every open page hangs on that one."""
        try:
            await asyncio.to_thread(look)
        except (Trouble, OSError):
            return
        except Exception:
            LOG.exception("What runs could not be looked at; it is tried again.")

    async def _tidy(self) -> None:
        """Give memory back now and then, but never while something is measured."""
        due = time.monotonic() - self._tidied_at > memory.TIDY_EVERY_S
        if due and self.seen.run is None:
            self._tidied_at = time.monotonic()
            await asyncio.to_thread(memory.give_back)

    def look(self) -> None:
        """Look at the run and at the files; blocking, for a thread."""
        with self._looking:
            before, self.seen.run = self.seen.run, self._under_way.look()
            self.seen.ended += before is not None and self.seen.run is None
            stamp = (_stamp(self.session.file.path), newest(self.session.workspace.path))
            if stamp != self._stamp:
                self._look_at_files()
                self._stamp = stamp

    def look_at_stack(self) -> None:
        """Ask the warden now and then; no page waits for it, for it may be busy."""
        if time.monotonic() - self._stack_asked_at < STACK_EVERY_S:
            return
        self._stack_asked_at = time.monotonic()
        try:
            self.seen.stack = Warden(self.home).status()
        except Trouble:
            self.seen.stack = dict(DOWN)

    async def prometheus(self) -> Prometheus:
        """Return the one client that all pages ask with: each would load its own certificates."""
        url = self.home.url("prometheus")
        if self._prometheus is None or self._prometheus[0] != url:
            old, self._prometheus = self._prometheus, (url, Prometheus(url))
            if old is not None:
                await old[1].close()
        return self._prometheus[1]

    def _look_at_files(self) -> None:
        workspace = self.session.workspace
        self.seen.diff = workspace.diff() if workspace.exists else ""
        self.seen.place = self.session.place()
        self.seen.progress = self.session.progress
        self.seen.changed_at += 1

    def in_background(self, work: Coroutine[Any, Any, Any]) -> None:
        """Let something go on after the click that began it."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def changed(self) -> None:
        """Say that something was changed from here: look again now, not at the next tick."""
        self._stamp = (0, 0)
        self.in_background(asyncio.to_thread(self.look))

    def in_hand(self, folder: LabFolder) -> bool:
        """Whether this is the lab in hand."""
        now = self.session.in_hand()
        return now is not None and now.lab.number == folder.lab.number

    @property
    def job(self) -> Job | None:
        """The verb that runs now."""
        return self.jobs.current

    def _job_changed(self) -> None:
        self.seen.job_at += 1


def newest(folder: Path) -> int:
    """Return a number that changes with every file that is saved, made or deleted there."""
    found = [path for path in (folder / "services").rglob("*") if path.suffix != ".pyc"]
    return hash((len(found), *sorted(_stamp(path) for path in found)[-3:]))


def _stamp(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
