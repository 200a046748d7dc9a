"""The faults that are on: on disk before they are applied, lifted when they are due."""

import asyncio
import contextlib
import logging
import time
from pathlib import Path
from typing import Any

from chaos.faults import BadFault, Probe, parse
from chaos.history import FILE_NAME as HISTORY
from chaos.history import History
from chaos.journal import Entry, Journal, JournalUnreadable, due, next_deadline_s
from chaos.world import Memory
from stack.components.postgres import SUPERUSER
from stack.components.service import Service, faketime_library
from stack.warden.keeper import Keeper
from stack.warden.unit import Unit

log = logging.getLogger("warden")
APPLY_WITHIN_S = 10.0
LIFT_WITHIN_S = 40.0  # longer than any component may take to be ready again after a kill
LEAVE_WITHIN_S = 1.0
LIFT_TRIES = 2  # in a row; then the others have their turn, and it is tried again
LIFT_AGAIN_S = 0.2


class NoSuchFault(LookupError):  # noqa: N818 - the message is the sentence
    """There is no fault with that id."""


class LabProcesses:
    """The verbs on processes that faults may use."""

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper

    def pid(self, name: str) -> int | None:
        """Return the process id, None when it is not running."""
        return self._known(name).pid

    async def pause(self, name: str) -> None:
        """Send SIGSTOP."""
        self._known(name).pause()

    async def resume(self, name: str) -> None:
        """Send SIGCONT."""
        self._known(name).resume()

    async def kill(self, name: str) -> None:
        """Send SIGKILL and keep it down until `start`."""
        await self._known(name).kill(hold=True)

    async def start(self, name: str) -> None:
        """Start it again after `kill`."""
        await self._known(name).revive()

    async def restart(self, name: str) -> None:
        """Stop it in good order and start it."""
        await self._known(name).restart()

    def url(self, name: str) -> str | None:
        """Return a service's own HTTP address, None for what is not a service of ours."""
        is_service = isinstance(self._known(name).component, Service)
        return self._keeper.home.url(name) if is_service else None

    def faketime_file(self, name: str) -> Path | None:
        """Return the file that moves its clock, None where that is not possible."""
        component = self._known(name).component
        moved = name in self._keeper.deployment.skewed and faketime_library() is not None
        return component.faketime_file() if moved and isinstance(component, Service) else None

    def _known(self, name: str) -> Unit:
        try:
            return self._keeper.unit(name)
        except KeyError:
            there = ", ".join(sorted(self._keeper.units)) or "none"
            raise BadFault(f"no component {name!r} is running; running are: {there}") from None


class LabWorld:
    """The lab as a fault sees it: direct addresses and the verbs above."""

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper
        self.processes = LabProcesses(keeper)
        self.memory = Memory()

    @property
    def proxy_url(self) -> str:
        """The fault proxy's HTTP API."""
        return self._keeper.home.url("proxy")

    @property
    def postgres_dsn(self) -> str:
        """A superuser on the database that the services use."""
        database = self._keeper.deployment.database
        return self._keeper.home.dsn(role=SUPERUSER, database=database)

    @property
    def redis_url(self) -> str:
        """Redis, direct."""
        return self._keeper.home.redis_url()

    @property
    def partner_url(self) -> str:
        """The partner, direct."""
        return self._keeper.home.url("partner")


class Faults:
    """Applies, lifts and probes; `run` lifts what is due."""

    def __init__(self, keeper: Keeper) -> None:
        self.keeper = keeper
        self.world = LabWorld(keeper)
        self.history = History(keeper.home.run / HISTORY)
        self.journal = open_journal(keeper.home.run / "faults.json", self.history)
        self._changed = asyncio.Event()
        self._lifting: dict[str, asyncio.Task[None]] = {}

    async def add(self, spec: dict[str, Any], for_s: float | None) -> Entry:
        """Put a fault on disk, then on; when it cannot be applied, nothing of it stays."""
        fault = parse(spec)
        if spec.get("kind") == "clock_skew":
            await self.keeper.start_skewable(str(spec.get("process")))
        entry = self.journal.record(spec, for_s, time.time())
        self._changed.set()
        try:
            async with asyncio.timeout(APPLY_WITHIN_S):
                await fault.apply(self.world, entry.id)
        except BaseException:
            await self._lift(entry)
            raise
        self.history.write("fault_on", entry.id, entry.spec, time.time())
        return entry

    async def lift(self, fault_id: str) -> None:
        """Turn one off."""
        await self._lift(self._entry(fault_id))

    async def lift_all(self) -> None:
        """Turn all off."""
        await asyncio.gather(*(self._lift(entry) for entry in self.journal.entries()))

    async def leave(self) -> None:
        """Lift what goes at once; what is left ends with the processes that are about to."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LEAVE_WITHIN_S):
                await self.lift_all()
        under_way = list(self._lifting.values())
        for task in under_way:
            task.cancel()  # it may be starting what must now stay down
        await asyncio.gather(*under_way, return_exceptions=True)
        self.journal.clear()

    async def probe(self, fault_id: str) -> Probe:
        """Measure whether one is really on."""
        entry = self._entry(fault_id)
        return await parse(entry.spec).probe(self.world, entry.id)

    def shown(self) -> list[dict[str, Any]]:
        """Return what is on, for people and programs."""
        now_s = time.time()
        return [
            {"id": e.id, "spec": e.spec, "left_s": round(max(0.0, e.deadline_s - now_s), 1)}
            for e in self.journal.entries()
        ]

    async def run(self) -> None:
        """Lift each fault when it is due, for ever; one that is slow to lift holds up no other."""
        while True:
            for entry in due(self.journal.entries(), time.time()):
                self._begin_to_lift(entry)
            waiting = [e for e in self.journal.entries() if e.id not in self._lifting]
            deadline_s = next_deadline_s(waiting)
            # Looked at once a second in any case: the machine may have slept, the clock moved.
            wait_s = 1.0 if deadline_s is None else max(0.0, min(1.0, deadline_s - time.time()))
            self._changed.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), wait_s)

    async def follow_proxy(self) -> None:
        """Put toxics back when the proxy itself was killed and came back without them."""
        while True:
            await self.keeper.proxy_started_again.wait()
            self.keeper.proxy_started_again.clear()
            for entry in self.journal.entries():
                if entry.spec.get("kind") in ("toxic", "proxy_down"):
                    with contextlib.suppress(Exception):
                        await parse(entry.spec).apply(self.world, entry.id)
                if self.journal.get(entry.id) is None:  # lifted meanwhile: must not come back
                    with contextlib.suppress(Exception):
                        await parse(entry.spec).lift(self.world, entry.id)

    async def _lift(self, entry: Entry) -> None:
        """Lift one, and wait for it; whoever asks again meanwhile waits for the same attempt."""
        await asyncio.shield(self._begin_to_lift(entry))

    def _begin_to_lift(self, entry: Entry) -> asyncio.Task[None]:
        under_way = self._lifting.get(entry.id)
        if under_way is not None:
            return under_way
        task = asyncio.create_task(self._try_to_lift(entry), name=f"lift {entry.id}")
        self._lifting[entry.id] = task
        task.add_done_callback(lambda _: self._lifting.pop(entry.id, None))
        return task

    async def _try_to_lift(self, entry: Entry) -> None:
        """Lift one. What cannot be lifted now stays in the journal, and `run` tries again."""
        for _ in range(LIFT_TRIES):
            if self.journal.get(entry.id) is None:
                return
            try:
                async with asyncio.timeout(LIFT_WITHIN_S):
                    await parse(entry.spec).lift(self.world, entry.id)
            except BadFault as error:
                log.warning("the fault %s has nothing left to lift: %s", entry.id, error)
            except Exception:
                log.exception("the fault %s could not be lifted; trying again", entry.id)
                await asyncio.sleep(LIFT_AGAIN_S)
                continue
            self.journal.remove(entry.id)
            self.history.write("fault_off", entry.id, entry.spec, time.time())
            return

    def _entry(self, fault_id: str) -> Entry:
        entry = self.journal.get(fault_id)
        if entry is None:
            raise NoSuchFault(f"there is no fault {fault_id!r} on")
        return entry


def open_journal(path: Path, history: History) -> Journal:
    """Open the journal of a warden that starts: everything that was on died with the last one.

    The sweep has ended every process, and with the processes went their toxics, locks, pauses and
    clocks: only the journal has to be told.
    """
    try:
        journal = Journal(path)
    except JournalUnreadable as error:
        log.warning("%s; starting a new one", error)
        path.unlink()
        journal = Journal(path)
    for entry in journal.entries():
        log.warning("the fault %s was on when the last warden ended; it is off now", entry.id)
        history.write("fault_off", entry.id, entry.spec, time.time())
    journal.clear()
    return journal
