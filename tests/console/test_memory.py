"""The console stays small: bounds on what it holds, not on how long anything takes."""

import gc
import os
import subprocess
import sys
import weakref
from pathlib import Path

import pytest
from loop_samples import BROKEN
from opened import go, opened
from playwright.async_api import expect
from run_samples import write_run

from labs.console import memory
from labs.engine.catalogue import CHECKOUT

AT_MOST_MIB = 200
GROWS_AT_MOST_MIB = 15
ROUNDS, PAGES = 4, ("/lab/7/watch", "/lab/7", "/lab/7/repair", "/lab/7/watch", "/progress")
LARGE_RPS = 600  # of a run of eight seconds: 5,000 traces


class _Circle:
    def __init__(self):
        self.me = self


def test_what_is_in_circles_is_collected_when_memory_is_given_back():
    gc.disable()
    try:
        gone = weakref.ref(_Circle())
        assert gone() is not None
        memory.give_back()
        assert gone() is None
    finally:
        gc.enable()


def test_a_c_library_without_such_a_function_is_left_alone():
    memory._of_glibc("no_such_function_anywhere", 1)


def resident_mib(pid):
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmRSS"))


@pytest.fixture
def begun(served):
    """Lab 07 is in hand, and its outage left as many traces as the busiest labs do."""
    environment = os.environ | {"LAB_HOME": str(served.home.path), "PYTHONPATH": str(CHECKOUT)}
    words = [sys.executable, "-m", "labs", "start", "7", "--no-up", "--yes"]
    subprocess.run(words, cwd=CHECKOUT, env=environment, check=True, capture_output=True)
    write_run(served.home.runs / BROKEN, repaired=False, rps=LARGE_RPS)
    return served


@pytest.mark.timeout(500)
@pytest.mark.asyncio(loop_scope="session")
async def test_pages_and_large_runs_that_come_and_go_leave_no_memory_behind(begun, open_tab):
    served = begun
    tab = await opened(served, open_tab, "/lab/7")
    sizes = []
    for _ in range(ROUNDS):
        for path in PAGES:
            await go(served, tab, path)
            if path.endswith("watch"):
                trace = tab.page.get_by_role("button", name="Open trace").first
                await expect(trace).to_be_visible(timeout=60_000)
        await tab.page.wait_for_timeout(1000 * (memory.TIDY_EVERY_S + 2))
        sizes.append(resident_mib(served.pid))

    print("resident MiB after each round:", sizes)
    assert max(sizes) <= AT_MOST_MIB
    assert sizes[-1] - sizes[0] <= GROWS_AT_MOST_MIB, sizes
