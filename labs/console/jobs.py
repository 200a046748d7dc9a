"""Long work: a verb of `./lab` as a process of its own, one at a time per console.

The page never waits for it, and it is the very command that a terminal would have run: the same
locks, the same records. When the console ends, the process ends with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from stack.home import CHECKOUT, Home
from stack.process import dies_with_parent
from stack.trouble import Trouble

BAD_INPUT, INTERRUPTED = 2, 130
ENDS_WITHIN_S = 20.0
KEPT_LINES = 60


@dataclass
class Job:
    """One verb that runs or has run."""

    words: tuple[str, ...]
    began_s: float = field(default_factory=time.time)
    lines: list[str] = field(default_factory=list)
    code: int | None = None
    answer: Any = None

    @property
    def verb(self) -> str:
        """What it does."""
        return self.words[0]

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self.code is not None

    @property
    def trouble(self) -> Trouble | None:
        """What the command refused, in its own sentence; None where it did not."""
        if self.code in (None, 0, 1, 3, INTERRUPTED):
            return None
        told = [line.removeprefix("lab: ") for line in self.lines if line.startswith("lab: ")]
        after = [line.removeprefix("next: ") for line in self.lines if line.startswith("next: ")]
        last = self.lines[-1] if self.lines else f"It ended with {self.code}."
        return Trouble((told or [last])[-1], (after or ["./lab doctor"])[-1])


class Jobs:
    """The verb under way, and the last one. `changed` is called whenever something is new."""

    def __init__(self, home: Home, changed: Callable[[], None] = lambda: None) -> None:
        self._home = home
        self._changed = changed
        self._process: asyncio.subprocess.Process | None = None
        self.last: Job | None = None

    @property
    def current(self) -> Job | None:
        """What runs now."""
        return self.last if self.last is not None and not self.last.is_over else None

    async def run(self, *words: str) -> Job:
        """Run `lab WORDS` to its end. Trouble when something is running already."""
        if self.current is not None:
            raise Trouble(f"`lab {self.current.verb}` is still running.", "Stop it, or wait")
        job = self.last = Job(words)
        self._changed()
        try:
            await self._run(job)
        finally:
            if job.code is None:
                job.code = -1
            self._process = None
            self._changed()
        return job

    async def stop(self) -> None:
        """Do what Ctrl-C does: the load ends, the faults are lifted, nothing is judged."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), ENDS_WITHIN_S)
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)

    async def _run(self, job: Job) -> None:
        environment = os.environ | {
            "LAB_HOME": str(self._home.path),
            "LAB_PLAIN": "1",
            "NO_COLOR": "1",
            "PYTHONPATH": str(CHECKOUT),
        }
        process = self._process = await asyncio.create_subprocess_exec(
            *dies_with_parent((sys.executable, "-m", "labs", *job.words)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=CHECKOUT,
            env=environment,
            start_new_session=True,
        )
        assert process.stdout is not None
        assert process.stderr is not None
        wants_json = "--json" in job.words
        out = process.stdout.read() if wants_json else self._listen(process.stdout, job)
        printed, _ = await asyncio.gather(out, self._listen(process.stderr, job))
        if printed:
            with contextlib.suppress(ValueError):
                job.answer = json.loads(printed)
        job.code = await process.wait()

    async def _listen(self, stream: asyncio.StreamReader, job: Job) -> bytes:
        async for line in stream:
            job.lines = [*job.lines, line.decode(errors="replace").rstrip()][-KEPT_LINES:]
            self._changed()
        return b""
