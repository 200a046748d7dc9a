"""Keeps one core busy with a process that has nothing to do with the lab: a neighbour who compiles.

It must not be the lab's own child, or the grader would count its time as ours; and it must never
outlive us. So a shell puts it into the background and leaves, and it spins until its input, a pipe
that only we hold open, is closed, which also happens when we are killed.
"""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator

from labs.engine.catalogue import CHECKOUT

SPIN_S = 0.02  # between two looks at the pipe
GONE_WITHIN_S = 5.0


@contextlib.contextmanager
def busy_core() -> Iterator[int]:
    """Keep one core busy meanwhile; yields the process id. It is gone afterwards, whatever comes.

    The pipe in the background is number 3, because a shell gives what it puts there no standard
    input.
    """
    shell = subprocess.Popen(  # noqa: S603 - our own command
        ("/bin/sh", "-c", 'exec 3<&0; "$@" <&3 &', "busy", sys.executable, "-m", __name__),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=CHECKOUT,
        start_new_session=True,
    )
    assert shell.stdin is not None
    assert shell.stdout is not None
    try:
        shell.wait()
        pid = int(shell.stdout.readline())
        yield pid
    finally:
        shell.stdin.close()
        shell.stdout.close()
        _wait_gone(pid)


def _wait_gone(pid: int) -> None:
    give_up_s = time.monotonic() + GONE_WITHIN_S
    while is_there(pid) and time.monotonic() < give_up_s:
        time.sleep(0.01)


def is_there(pid: int) -> bool:
    """Whether a process exists."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def spin() -> None:
    """Use a core until the pipe is closed."""
    print(os.getpid(), flush=True)
    while not select.select([0], [], [], 0)[0]:
        until_s = time.monotonic() + SPIN_S
        while time.monotonic() < until_s:
            pass


if __name__ == "__main__":
    spin()
