"""The load generator as a child process that has done its imports before it is needed.

Importing Locust and gevent takes most of a second, which overlaps with the restart of the services:
`Generator` starts the child, `send` hands it the plan and returns the start of the timeline.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from labs.engine.catalogue import CHECKOUT
from stack.home import Home

RUN_SECRET = "LAB_RUN_SECRET"  # noqa: S105 - the variable's name
_ACCOUNTS_WITHIN_S = 30.0


class LoadFailed(Exception):  # noqa: N818 - it is a sentence for the verdict
    """The generator ended before the timeline began; the text is its last words."""


class Generator:
    """One load generator, waiting for its plan or running it."""

    def __init__(self, home: Home, log: Path, *, module: str = "loadtests.drive") -> None:
        environment = dict(os.environ) | {
            "PYTHONPATH": str(CHECKOUT),
            "LAB_HOME": str(home.path),
            RUN_SECRET: home.secret("lab-run"),
        }
        with log.open("wb") as errors:
            self._process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-m", "labs.engine.generator", module],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=environment,
                cwd=CHECKOUT,
                start_new_session=True,
            )
        self._log = log

    def send(self, plan: Path, ledger: Path, cancelled: Any = None) -> float:
        """Hand over the plan; return t0 as soon as the generator has set it."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        with contextlib.suppress(BrokenPipeError):
            stdin.write(f"{json.dumps([str(plan), str(ledger)])}\n".encode())
            stdin.flush()
        deadline = time.monotonic() + _ACCOUNTS_WITHIN_S
        while time.monotonic() < deadline:
            if cancelled is not None and cancelled.is_set():
                break
            if select.select([stdout], [], [], 0.05)[0]:
                return float(self._first_line(stdout.readline())["t0"])
        self.stop()
        raise LoadFailed("the load generator did not begin.")

    def _first_line(self, line: bytes) -> Mapping[str, Any]:
        try:
            said: Mapping[str, Any] = json.loads(line)
        except ValueError as error:
            self._process.wait(timeout=5)
            last = self._log.read_text(errors="replace").strip().splitlines() or ["no reason given"]
            raise LoadFailed(last[-1]) from error
        return said

    @property
    def running(self) -> bool:
        """Whether it has not ended yet."""
        return self._process.poll() is None

    def wait(self, within_s: float) -> bool:
        """Wait for its end; False when it did not come in time."""
        try:
            self._process.wait(within_s)
        except subprocess.TimeoutExpired:
            return False
        return True

    def stop(self, within_s: float = 2.0) -> None:
        """End it early and leave nothing behind; what is open is noted as interrupted."""
        for verb in (signal.SIGTERM, signal.SIGKILL):
            if self._process.poll() is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self._process.pid, verb)
                self.wait(within_s)
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()


def _child(module: str) -> int:
    """Import the drive, wait for the names of plan and ledger on stdin, run it."""
    plan, told = os.pipe()
    # Before the import: gevent would make a greenlet of this thread, and it is meant to block.
    threading.Thread(target=_follow_parent, args=(told,), daemon=True).start()
    drive = importlib.import_module(module)
    with os.fdopen(plan) as lines:
        return int(drive.main(json.loads(lines.readline())))


def _follow_parent(told: int) -> None:
    """Pass on what the parent says; when it is gone, however it went, the load ends, too."""
    while said := os.read(0, 65536):
        os.write(told, said)
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(_child(sys.argv[1]))
