"""Who gets ready beside a run takes what is left, and is like everybody when it runs."""

import contextlib
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from labs.engine import aside
from labs.engine.aside import Aside, may_be_idle, threads

pytestmark = pytest.mark.skipif(not aside.LINUX, reason="only Linux has these classes")
SLEEPER = "import threading, time; threading.Thread(target=time.sleep, args=(60,)).start(); print()"
IDLE, NORMAL = (5, 19), (0, 0)  # (scheduling class, niceness)


class Stack:
    """Stands for a warden: says where its home is, and which process it is."""

    def __init__(self, home="/nowhere", pid=0):
        self.home = SimpleNamespace(path=home)
        self.pid = pid

    def status(self, *, weigh=True):
        return {"warden": {"pid": self.pid} if self.pid else None}


@contextlib.contextmanager
def sleeper(**environment):
    """A process of two threads."""
    command = [sys.executable, "-c", SLEEPER]
    told = os.environ | environment
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=told) as process:
        process.stdout.readline()
        try:
            yield process
        finally:
            process.kill()


def classes(process):
    niceness = [os.getpriority(os.PRIO_PROCESS, thread) for thread in threads(process.pid)]
    return list(
        zip([os.sched_getscheduler(t) for t in threads(process.pid)], niceness, strict=True)
    )


@pytest.mark.skipif(not may_be_idle(), reason="who steps aside could not come back")
def test_every_thread_of_a_stack_is_idle_work_and_comes_back():
    with sleeper() as stack:
        Aside(Stack(pid=stack.pid)).step_aside()
        meanwhile = classes(stack)
        Aside(Stack(pid=stack.pid)).come_forward()
        afterwards = classes(stack)

    assert meanwhile == [IDLE, IDLE]
    assert afterwards == [NORMAL, NORMAL]


@pytest.mark.skipif(not may_be_idle(), reason="who steps aside could not come back")
def test_whoever_works_for_another_home_stays_where_they_are():
    with sleeper(LAB_HOME="/one") as ours, sleeper(LAB_HOME="/two") as theirs:
        Aside(Stack("/one")).step_aside()
        seen = (classes(ours), classes(theirs))

    assert seen == ([IDLE, IDLE], [NORMAL, NORMAL])


def test_who_may_not_come_back_keeps_to_one_processor(monkeypatch):
    monkeypatch.setattr(aside, "may_be_idle", lambda: False)
    everywhere = os.sched_getaffinity(0)
    with sleeper() as stack:
        Aside(Stack(pid=stack.pid)).step_aside()
        meanwhile = [os.sched_getaffinity(thread) for thread in threads(stack.pid)]
        Aside(Stack(pid=stack.pid)).come_forward()
        afterwards = [os.sched_getaffinity(thread) for thread in threads(stack.pid)]

    assert meanwhile == [{max(everywhere)}] * 2
    assert afterwards == [everywhere] * 2


def test_nobody_steps_aside_with_them():
    Aside(Stack()).step_aside()

    assert os.sched_getscheduler(0) == os.SCHED_OTHER


def test_a_stack_that_is_gone_is_nobodys_trouble():
    with sleeper() as gone:
        pass

    Aside(Stack(pid=gone.pid)).step_aside()
    Aside(Stack(pid=gone.pid)).come_forward()
