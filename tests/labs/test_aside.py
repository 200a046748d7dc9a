"""Who gets ready beside a run keeps to one processor, and has all of them when it runs."""

import contextlib
import os
import subprocess
import sys
import threading

import pytest

from labs.engine.aside import CAN, Aside, threads

ALL = os.sched_getaffinity(os.getpid()) if CAN else set()
pytestmark = pytest.mark.skipif(len(ALL) < 2, reason="there is one processor, or none can be told")

SLEEPER = "import threading, time; threading.Thread(target=time.sleep, args=(60,)).start(); print()"


class Stack:
    """Stands for a warden: says which process it is."""

    def __init__(self, pid=0):
        self.pid = pid

    def status(self):
        return {"warden": {"pid": self.pid}}


@contextlib.contextmanager
def sleeper():
    with subprocess.Popen([sys.executable, "-c", SLEEPER], stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        try:
            yield process
        finally:
            process.kill()


def where(*pids):
    return [os.sched_getaffinity(thread) for pid in pids for thread in threads(pid)]


def in_a_thread(do):
    """Do it in a thread, as a worker does: the main thread stays where it is."""
    worker = threading.Thread(target=do)
    worker.start()
    worker.join()


def test_a_stack_and_every_thread_of_it_keeps_to_one_processor():
    with sleeper() as stack:
        in_a_thread(Aside(Stack(stack.pid)).step_aside)
        seen = where(stack.pid)

    assert len(seen) == 2
    assert all(len(processors) == 1 for processors in seen)


def test_what_was_started_aside_is_aside_and_comes_forward_with_the_stack():
    seen = []

    def work():
        aside = Aside(Stack())
        aside.step_aside()
        with sleeper() as child:
            seen.append(where(child.pid))
            aside.come_forward()
            seen.append(where(child.pid))
            seen.append([os.sched_getaffinity(0)])

    in_a_thread(work)

    assert all(len(processors) == 1 for processors in seen[0])
    assert all(processors == ALL for processors in seen[1] + seen[2])


def test_the_main_thread_stays_where_it_is():
    in_a_thread(Aside(Stack()).step_aside)

    assert os.sched_getaffinity(0) == ALL


def test_a_stack_that_is_gone_is_nobodys_trouble():
    with sleeper() as gone:
        pass

    in_a_thread(Aside(Stack(gone.pid)).step_aside)
    in_a_thread(Aside(Stack(gone.pid)).come_forward)
