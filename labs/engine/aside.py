"""A stack that gets ready while another one runs keeps to one processor meanwhile.

Labs bear one busy core (`./lab verify --busy-core`), and the start of a stack takes more than that
for a second or two. So whoever gets ready steps aside, and comes forward when its turn has come; a
process keeps to what it was told and so do its children (sched_setaffinity(2)). Only Linux can be
told so; elsewhere a second stack needs a machine with room for it.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from pathlib import Path

import psutil

from stack.trouble import Trouble
from stack.warden.client import Warden

CAN = hasattr(os, "sched_setaffinity")
LOOKS = 5  # a process may be born while its parent is told


class Aside:
    """One stack, and the thread that works with it."""

    def __init__(self, warden: Warden) -> None:
        self._warden = warden

    def step_aside(self) -> None:
        """Keep this thread, and the stack, to the last of the processors."""
        if CAN:
            _keep([[0], *map(threads, self._stack())], {max(_all())})

    def come_forward(self) -> None:
        """Give this thread, whatever it started, and the stack all processors again."""
        if not CAN:
            return
        for _ in range(LOOKS):
            children = [child.pid for child in psutil.Process().children(recursive=True)]
            if not _keep([[0], *map(threads, [*children, *self._stack()])], _all()):
                return

    def _stack(self) -> list[int]:
        try:
            pid = int((self._warden.status()["warden"] or {}).get("pid") or 0)
            return [pid, *(c.pid for c in psutil.Process(pid).children(recursive=True))]
        except (Trouble, psutil.Error):
            return []


def threads(pid: int) -> list[int]:
    """Return the threads of a process; none when it is gone."""
    with contextlib.suppress(OSError):
        return [int(task.name) for task in Path(f"/proc/{pid}/task").iterdir()]
    return []


def _all() -> AbstractSet[int]:
    """Return the processors of the main thread, which never steps aside."""
    return os.sched_getaffinity(os.getpid())


def _keep(families: Iterable[Iterable[int]], processors: AbstractSet[int]) -> int:
    """Tell every thread; return how many had to be told."""
    told = 0
    for thread in (thread for family in families for thread in family):
        with contextlib.suppress(OSError):  # it has ended
            if os.sched_getaffinity(thread) != processors:
                os.sched_setaffinity(thread, processors)
                told += 1
    return told
