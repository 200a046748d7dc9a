import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from labs.engine.catalogue import CHECKOUT
from labs.engine.verify_busy import busy_core, is_there


def gone(pid, within_s=5.0):
    until_s = time.monotonic() + within_s
    while is_there(pid) and time.monotonic() < until_s:
        time.sleep(0.02)
    return not is_there(pid)


def test_one_process_that_is_not_ours_uses_a_core_and_is_gone_afterwards():
    with busy_core() as pid:
        stranger = psutil.Process(pid)
        before_s = stranger.cpu_times().user
        time.sleep(0.5)

        assert stranger.cpu_times().user > before_s
        family = psutil.Process(os.getpid()).children(recursive=True)
        assert pid not in [child.pid for child in family]

    assert gone(pid, 0)


def test_it_is_gone_when_a_run_ends_with_an_error():
    with pytest.raises(RuntimeError), busy_core() as pid:
        raise RuntimeError

    assert gone(pid, 0)


def test_it_is_gone_when_the_command_is_killed():
    script = (
        "import time\n"
        "from labs.engine.verify_busy import busy_core\n"
        "with busy_core() as pid:\n    print(pid, flush=True)\n    time.sleep(60)\n"
    )
    command = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, cwd=CHECKOUT, text=True
    )
    with command:
        pid = int(command.stdout.readline())
        assert is_there(pid)

        command.send_signal(signal.SIGKILL)
        command.wait()

        assert gone(pid)
