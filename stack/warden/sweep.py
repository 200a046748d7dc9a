"""Ending what an earlier warden of the same LAB_HOME left behind.

On Linux nothing should be left (children die with the warden), but a process may have lost that
bond, and other systems have no such thing. All that we start carries a mark in its environment; a
process without this home's mark is never touched.
"""

import contextlib
import hashlib
import os

import psutil

from stack.home import Home

MARKER = "SHORT_CIRCUIT"
_GONE_WITHIN_S = 5.0


def marker(home: Home) -> str:
    """Return the mark of one home; it does not tell where the home is."""
    return hashlib.sha256(str(home.path).encode()).hexdigest()[:24]


def left_behind(home: Home) -> list[psutil.Process]:
    """Return the processes that carry this home's mark."""
    mark, found = marker(home), []
    for process in psutil.process_iter():
        if process.pid == os.getpid():
            continue
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get(MARKER) == mark:
                found.append(process)
    return found


def sweep(home: Home) -> int:
    """End them, and return how many there were."""
    found = left_behind(home)
    for process in found:
        with contextlib.suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(found, timeout=_GONE_WITHIN_S)
    return len(found)
