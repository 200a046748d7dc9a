"""One run or start at a time on one stack: two of them would each be the other's fault."""

from __future__ import annotations

import contextlib
import fcntl
import time
from collections.abc import Iterator

from stack.home import Home
from stack.trouble import Trouble

PATIENCE_S = 5.0  # a run that was just ended still lifts its faults
_LOOK_EVERY_S = 0.05


@contextlib.contextmanager
def alone_on(home: Home, patience_s: float = PATIENCE_S) -> Iterator[None]:
    """Hold this home's stage; Trouble when another run or start does not leave it in time."""
    home.make()
    give_up_s = time.monotonic() + patience_s
    with (home.run / "experiment.lock").open("w") as lock:
        while not _taken(lock.fileno()):
            if time.monotonic() > give_up_s:
                raise Trouble(
                    "Another run or start is under way on this stack (a terminal? the console?).",
                    "the same again, when that is over (Ctrl-C or Stop ends it)",
                )
            time.sleep(_LOOK_EVERY_S)
        yield


def _taken(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
