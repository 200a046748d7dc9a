"""disk_full: whatever a process writes to a file fails, as on a disk without a free block.

No disk is filled: the system lowers how large a file the process may make (RLIMIT_FSIZE), and each
write that would grow one beyond that is refused. So nothing but the lab's own process can feel it,
nothing has to be cleared away, and the limit dies with the process at the latest.
"""

import contextlib
import resource
from collections.abc import Iterator
from typing import Literal

import psutil

from chaos.faults.fault import Fault, Probe
from chaos.trouble import BadFault
from chaos.world import World


class DiskFull(Fault):
    """Let every write of a process to a file fail that would make it larger than `leave_bytes`."""

    kind: Literal["disk_full"] = "disk_full"
    process: str
    leave_bytes: int = 0

    async def apply(self, world: World, fault_id: str) -> None:  # noqa: ARG002
        """Lower the limit: of the process first, so that children born meanwhile inherit it."""
        if not hasattr(resource, "prlimit"):
            raise BadFault("only Linux can limit another process's files")
        pids = list(_family(world.processes.pid(self.process)))
        if not pids:
            raise BadFault(f"{self.process} is not running")
        for pid in (*pids, *_family(pids[0])):
            _limit(pid, self.leave_bytes)

    async def lift(self, world: World, fault_id: str) -> None:  # noqa: ARG002
        """Raise it again; a process that was started since never had it."""
        for pid in _family(world.processes.pid(self.process)):
            _limit(pid, None)

    async def probe(self, world: World, fault_id: str) -> Probe:  # noqa: ARG002
        """Ask the system for the limit."""
        pid = world.processes.pid(self.process)
        if pid is None:
            return Probe(True, f"{self.process} went down of it")
        try:
            most, _ = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        except (OSError, AttributeError):
            return Probe(False, f"{self.process} cannot be looked into")
        on = most == self.leave_bytes
        seen = f"may write {most} bytes into a file" if on else "may write as it likes"
        return Probe(on, f"{self.process} {seen}")


def _family(pid: int | None) -> Iterator[int]:
    """Yield a process and everything below it."""
    if pid is None:
        return
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        yield pid
        yield from (child.pid for child in process.children(recursive=True))


def _limit(pid: int, most: int | None) -> None:
    """Set the soft limit; None: as much as the hard one allows. Who is gone needs none."""
    with contextlib.suppress(ProcessLookupError):
        _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (hard if most is None else most, hard))
