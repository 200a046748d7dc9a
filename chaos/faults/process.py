"""pause, kill, restart: what happens to processes."""

import asyncio
from typing import Literal

import psutil

from chaos.faults.fault import Fault, Probe
from chaos.world import World

_STOPS_WITHIN_S = 2.0
_LOOK_EVERY_S = 0.002


class Pause(Fault):
    """Freeze a process (SIGSTOP): its sockets stay open and nobody answers."""

    kind: Literal["pause"] = "pause"
    process: str

    async def apply(self, world: World, fault_id: str) -> None:  # noqa: ARG002
        """Stop it."""
        await freeze(world, self.process)

    async def lift(self, world: World, fault_id: str) -> None:  # noqa: ARG002
        """Let it run on."""
        await world.processes.resume(self.process)

    async def probe(self, world: World, fault_id: str) -> Probe:  # noqa: ARG002
        """Ask the system what state the process is in."""
        return stopped(world, self.process)


class Kill(Fault):
    """Kill a process (SIGKILL) and keep it down until the fault is lifted."""

    kind: Literal["kill"] = "kill"
    process: str

    async def apply(self, world: World, fault_id: str) -> None:  # noqa: ARG002
        """Kill it."""
        await world.processes.kill(self.process)

    async def lift(self, world: World, fault_id: str) -> None:  # noqa: ARG002
        """Start it again."""
        await world.processes.start(self.process)

    async def probe(self, world: World, fault_id: str) -> Probe:  # noqa: ARG002
        """Ask the system whether it is gone."""
        pid = world.processes.pid(self.process)
        gone = pid is None or not psutil.pid_exists(pid) or _state(pid) == psutil.STATUS_ZOMBIE
        return Probe(gone, f"{self.process} is {'not running' if gone else f'running, pid {pid}'}")


class Restart(Fault):
    """Restart a process in good order, as a deployment does. There is nothing to lift."""

    kind: Literal["restart"] = "restart"
    process: str

    async def apply(self, world: World, fault_id: str) -> None:
        """Restart it, and remember who it was."""
        world.memory.notes[fault_id] = world.processes.pid(self.process)
        await world.processes.restart(self.process)

    async def lift(self, world: World, fault_id: str) -> None:
        """Forget who it was."""
        world.memory.forget(fault_id)

    async def probe(self, world: World, fault_id: str) -> Probe:
        """Compare the process with the one before."""
        if fault_id not in world.memory.notes:
            return Probe(False, f"nothing is known of a restart of {self.process}")
        before, now = world.memory.notes[fault_id], world.processes.pid(self.process)
        return Probe(now not in (None, before), f"{self.process}: pid {before} before, {now} now")


async def freeze(world: World, process: str) -> None:
    """Pause a process and return when the system has really stopped it, a moment later."""
    await world.processes.pause(process)
    async with asyncio.timeout(_STOPS_WITHIN_S):
        while not stopped(world, process).on:
            await asyncio.sleep(_LOOK_EVERY_S)


def stopped(world: World, process: str) -> Probe:
    """Whether a process is frozen."""
    pid = world.processes.pid(process)
    if pid is None:
        return Probe(False, f"{process} is not running")
    state = _state(pid)
    return Probe(state == psutil.STATUS_STOPPED, f"{process} (pid {pid}) is {state}")


def _state(pid: int) -> str:
    try:
        return str(psutil.Process(pid).status())
    except psutil.NoSuchProcess:
        return "gone"
