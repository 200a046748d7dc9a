"""A stack that gets ready while another one runs takes only what that one leaves.

Starting a stack takes more than a processor for two seconds. So whoever gets ready steps aside, and
comes forward when its turn has come: to the scheduling class of idle work (sched(7)) with the
lowest niceness. Only Linux has that class, and only who may raise a priority can leave it again;
elsewhere it keeps to one processor (sched_setaffinity(2)).

It is felt all the same: on two processors right repairs failed beside idle work (2 of 100 runs) and
beside one processor's worth. So `--all` does this only on a machine with four (2026-11-29).

This thread itself stays what it is: it shares Python's lock with the one that is on stage.
"""

from __future__ import annotations

import contextlib
import functools
import os
import threading
from collections.abc import Callable
from pathlib import Path

import psutil

from stack.trouble import Trouble
from stack.warden.client import Warden

LINUX = hasattr(os, "sched_setscheduler")
LOOKS = 5  # a process may be born while its parent is told
LEAST_NICE, NICEST = 0, 19


class Aside:
    """One stack, and whatever works for it here: those that were told its LAB_HOME."""

    def __init__(self, warden: Warden) -> None:
        self._warden = warden

    def step_aside(self) -> None:
        """Let the stack have what the other one leaves."""
        self._tell(_to_idle if may_be_idle() else _to_one_processor)

    def come_forward(self) -> None:
        """Let the stack have what everybody has."""
        self._tell(_to_normal if may_be_idle() else _to_all_processors)

    def _tell(self, tell: Callable[[int], bool]) -> None:
        """Tell every thread of every process, and those again that were born meanwhile."""
        if not LINUX:
            return
        for _ in range(LOOKS):
            told = [tell(thread) for pid in self._pids() for thread in threads(pid)]
            if not any(told):
                return

    def _pids(self) -> list[int]:
        found = [child.pid for child in _children(os.getpid()) if self._works_for_it(child)]
        with contextlib.suppress(Trouble):
            if pid := int((self._warden.status(weigh=False)["warden"] or {}).get("pid") or 0):
                found += [pid, *(child.pid for child in _children(pid))]
        return found

    def _works_for_it(self, child: psutil.Process) -> bool:
        with contextlib.suppress(psutil.Error):
            return child.environ().get("LAB_HOME") == str(self._warden.home.path)
        return False


@functools.cache
def may_be_idle() -> bool:
    """Whether a stack can get ready as idle work: who steps aside so can be called back."""
    return LINUX and _can_come_back()


def _can_come_back() -> bool:
    """Try it, in a thread that ends."""
    came: list[bool] = []

    def there_and_back() -> None:
        me = threading.get_native_id()
        with contextlib.suppress(OSError):
            came.append(_to_idle(me) and _to_normal(me))

    thread = threading.Thread(target=there_and_back)
    thread.start()
    thread.join()
    return came == [True]


def threads(pid: int) -> list[int]:
    """Return the threads of a process; none when it is gone."""
    with contextlib.suppress(OSError):
        return [int(task.name) for task in Path(f"/proc/{pid}/task").iterdir()]
    return []


def _children(pid: int) -> list[psutil.Process]:
    with contextlib.suppress(psutil.Error):
        return psutil.Process(pid).children(recursive=True)
    return []


def _to_idle(thread: int) -> bool:
    return _scheduled(thread, os.SCHED_IDLE, NICEST)


def _to_normal(thread: int) -> bool:
    return _scheduled(thread, os.SCHED_OTHER, LEAST_NICE)


def _scheduled(thread: int, policy: int, niceness: int) -> bool:
    """Put a thread into a class; whether it had to be. One that has ended is nobody's trouble."""
    with contextlib.suppress(ProcessLookupError):
        if os.sched_getscheduler(thread) == policy:
            return False
        os.sched_setscheduler(thread, policy, os.sched_param(0))
        os.setpriority(os.PRIO_PROCESS, thread, niceness)
        return True
    return False


def _to_one_processor(thread: int) -> bool:
    return _kept(thread, {max(os.sched_getaffinity(os.getpid()))})


def _to_all_processors(thread: int) -> bool:
    return _kept(thread, os.sched_getaffinity(os.getpid()))


def _kept(thread: int, processors: set[int]) -> bool:
    with contextlib.suppress(ProcessLookupError):
        if os.sched_getaffinity(thread) == processors:
            return False
        os.sched_setaffinity(thread, processors)
        return True
    return False
