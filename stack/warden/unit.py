"""One component that is kept running: started, watched, restarted with back-off, stopped."""

import asyncio
import contextlib
import hashlib
import json
import logging
import signal
import socket
import time
from enum import StrEnum
from pathlib import Path

from stack import walls
from stack.children import child_for
from stack.components.component import Component, hold_port
from stack.forkserver.server import ForkServer
from stack.home import Home
from stack.process import Child, DidNotStart, Spec
from stack.warden.sweep import MARKER, marker

log = logging.getLogger("warden")
# A process that ends by itself gets another chance at once, then ever later.
BACK_OFF_S = (0.1, 0.5, 1.0, 2.0, 5.0, 10.0)
CALM_AFTER_S = 30.0


class State(StrEnum):
    """What a component is doing."""

    STOPPED = "stopped"
    STARTING = "starting"
    READY = "ready"
    PAUSED = "paused"
    HELD = "held down"
    RESTARTING = "restarting"
    FAILED = "failed"


class Unit:
    """A component, its process, and the decision to start it again."""

    def __init__(
        self, home: Home, component: Component, code: str = "", forks: ForkServer | None = None
    ) -> None:
        self.home = home
        self.component = component
        self.code = code
        self.forks = forks
        self.state = State.STOPPED
        self.restarts = 0
        self.child: Child | None = None
        self.started_again: list[asyncio.Event] = []
        self.fingerprint = ""
        self._watcher: asyncio.Task[None] | None = None
        self._ports: list[socket.socket] = []

    @property
    def name(self) -> str:
        """The component's name."""
        return self.component.name

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self.child.pid if self.child else None

    @property
    def running(self) -> bool:
        """Whether it runs, or is about to again without anybody's help."""
        return self.pid is not None or self.state is State.RESTARTING

    def wanted_fingerprint(self) -> str:
        """Return a hash of all that would make a restart necessary when it changes."""
        parts = [self.component.argv(), self.component.env(), str(self.component.cwd()), self.code]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    async def start(self) -> None:
        """Start it, wait until it is ready, and keep it so; DidNotStart when it is not."""
        self.state = State.STARTING
        self._hold_ports()
        try:
            await self._launch()
        except BaseException:
            self.state = State.FAILED
            await self._end_child(patience_s=0.2)
            raise
        self.state = State.READY
        self._watcher = asyncio.create_task(self._watch(), name=f"watch {self.name}")

    async def stop(self, *, patience_s: float | None = None) -> None:
        """Stop it for good; `patience_s` shortens the time it gets to leave in good order."""
        await self._unwatch()
        await self._end_child(patience_s)
        self._release_ports()
        self.state = State.STOPPED

    def pause(self) -> None:
        """SIGSTOP the process and everything it started."""
        self._alive().send_group(signal.SIGSTOP)
        self.state = State.PAUSED

    def resume(self) -> None:
        """SIGCONT; harmless when it is not paused."""
        if self.state is State.PAUSED and self.child:
            self.child.send_group(signal.SIGCONT)
            self.state = State.READY

    async def kill(self, *, hold: bool) -> None:
        """SIGKILL the group; held down, it stays dead until `revive`."""
        child = self._alive()
        if hold:
            self.state = State.HELD
        child.send_group(signal.SIGKILL)
        await child.wait()

    async def revive(self) -> None:
        """Start it again after it was held down; harmless when it runs."""
        if self.state is not State.HELD:
            return
        await self._unwatch()
        try:
            await self.start()
        except BaseException:
            self.state = State.HELD  # still down because it was killed: the next try starts it
            raise

    async def restart(self) -> None:
        """Stop it in good order and start it; return when it is ready."""
        await self._unwatch()
        await self._end_child(None)
        await self.start()

    async def answers(self) -> bool:
        """Whether it is ready at this moment."""
        return self.pid is not None and await self.component.ready()

    async def _launch(self) -> None:
        component = self.component
        await component.prepare()
        if component.walls is not walls.Walls.NONE and self.home.data(self.name).is_dir():
            await asyncio.to_thread(walls.give_away, self.home.data(self.name))
        self.fingerprint = self.wanted_fingerprint()
        argv = walls.build(
            component.walls,
            component.argv(),
            home=self.home.path,
            cwd=component.cwd(),
            visible=component.visible(),
        )
        self.child = child_for(
            Spec(
                name=self.name,
                argv=argv,
                log=self.home.log(self.name),
                env=component.env() | {MARKER: marker(self.home)},
                cwd=component.cwd(),
                ready=component.ready,
                ready_within_s=component.ready_within_s,
                stop_within_s=component.stop_within_s,
                stop_signal=component.stop_signal,
                module=component.module,
            ),
            self.forks,
        )
        await self.child.start()
        await self.child.wait_ready()
        await component.settle()

    async def _watch(self) -> None:
        """Start it again, with back-off, each time it ends by itself."""
        tries = 0
        while self.child:
            code = await self.child.wait() if self.child.started else None
            if self.state is State.HELD:
                return
            if time.time() - self.child.started_s > CALM_AFTER_S:
                tries = 0
            wait_s = BACK_OFF_S[min(tries, len(BACK_OFF_S) - 1)]
            log.warning("%s ended with %s; starting it again in %g s", self.name, code, wait_s)
            self.state = State.RESTARTING
            tries += 1
            self.restarts += 1
            await asyncio.sleep(wait_s)
            await self._again()

    async def _again(self) -> None:
        try:
            await self.child_group_is_gone()
            await self._launch()
        except DidNotStart as error:
            log.warning("%s", error.said)
            await self._end_child(patience_s=0.2)
        except Exception:
            log.exception("%s could not be started again", self.name)
            await self._end_child(patience_s=0.2)
        else:
            self.state = State.READY
            for event in self.started_again:
                event.set()

    async def child_group_is_gone(self) -> None:
        """End what a dead child left in its group: it would hold the port or the data."""
        if self.child:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                self.child.send_group(signal.SIGKILL)

    async def _unwatch(self) -> None:
        if self._watcher:
            self._watcher.cancel()
            await asyncio.gather(self._watcher, return_exceptions=True)
            self._watcher = None

    async def _end_child(self, patience_s: float | None) -> None:
        if self.child:
            pid = self.child.pid
            await self.child.stop(patience_s)
            for name in (f"faketime_shm_{pid}", f"sem.faketime_sem_{pid}"):
                Path("/dev/shm", name).unlink(missing_ok=True)  # noqa: S108 - libfaketime's

    def _alive(self) -> Child:
        if self.child is None or not self.child.alive:
            raise ProcessLookupError(self.name)
        return self.child

    def _hold_ports(self) -> None:
        self._release_ports()
        held = [hold_port(self.home.port(name)) for name in self.component.ports]
        self._ports = [holder for holder in held if holder]

    def _release_ports(self) -> None:
        for holder in self._ports:
            holder.close()
        self._ports = []
