"""What the generator asks of the machine before it starts: connections, and a place in line."""

import contextlib
import os
import resource
from collections import deque
from collections.abc import Iterable
from pathlib import Path

FEWEST_SLOTS = 2_000
_OTHER_FILES = 200
_NICENESS = -10


def slots_for(offsets_s: Iterable[float], timeout_s: float, files_limit: int) -> int:
    """Return how many connections may be open at once.

    As many as there could be requests waiting if the system answered none of them in time: with
    fewer, a hanging system would slow the schedule, which is what an open loop must not do. Twice
    as many files, because connections to a second instance may lie idle meanwhile.
    """
    waiting: deque[float] = deque()
    most = 0
    for offset_s in offsets_s:
        waiting.append(offset_s)
        while offset_s - waiting[0] > timeout_s:
            waiting.popleft()
        most = max(most, len(waiting))
    return min(max(FEWEST_SLOTS, most + most // 10), (files_limit - _OTHER_FILES) // 2)


def files_limit() -> int:
    """Return how many files this process may open at the most."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return 1_000_000 if hard == resource.RLIM_INFINITY else hard


def allow_files(slots: int) -> None:
    """Raise the soft limit to what the slots need."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = min(2 * slots + _OTHER_FILES, files_limit())
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def be_first_in_line() -> None:
    """Let the kernel wake us before the system under test, where we are allowed to ask for that.

    A generator that is starved by what it measures sends late, and the run would prove nothing.
    """
    with contextlib.suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, _NICENESS)
    # Linux shares the CPU out between sessions first (autogroup): among a dozen busy sessions, ours
    # got a seventh of a core whatever its niceness. So the session is moved up too, if it is ours.
    if os.getsid(0) == os.getpid():
        with contextlib.suppress(OSError):
            Path("/proc/self/autogroup").write_text(str(_NICENESS), encoding="ascii")
