"""Progress that is always visible: one line that redraws on a terminal, plain lines elsewhere."""

import contextlib
import os
import queue
import sys
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

REDRAW_EVERY_S = 0.2
PLAIN_EVERY_S = 5.0


class Line:
    """What one job is doing now."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.says = ""

    def __call__(self, says: str) -> None:
        """Say something new."""
        self.says = says


class Progress:
    """The jobs that run side by side, and the thread that draws what they say."""

    def __init__(self) -> None:
        self._lines: list[Line] = []
        self._done = threading.Event()
        self._errors: queue.SimpleQueue[BaseException] = queue.SimpleQueue()
        self._drawer = threading.Thread(target=self._draw, daemon=True)
        self._started_s = time.monotonic()
        plain = os.environ.get("LAB_PLAIN") or os.environ.get("TERM") == "dumb"
        self._redraws = sys.stdout.isatty() and not plain

    def __enter__(self) -> Self:
        self._drawer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._done.set()
        self._drawer.join()

    def line(self, name: str) -> Line:
        """Return a line for a job to speak through."""
        line = Line(name)
        self._lines.append(line)
        return line

    def in_background(self, work: Callable[[], None]) -> threading.Thread:
        """Run a job beside the others."""

        def run() -> None:
            try:
                work()
            except BaseException as error:  # noqa: BLE001 - raised again in the main thread
                self._errors.put(error)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        return thread

    def wait(self, jobs: list[threading.Thread]) -> None:
        """Wait for all jobs, then raise what the first of them raised."""
        for job in jobs:
            while job.is_alive():  # a join without a limit would not hear Ctrl-C
                job.join(0.2)
        with contextlib.suppress(queue.Empty):
            raise self._errors.get_nowait()

    def _draw(self) -> None:
        said, next_s = "", 0.0
        while not self._done.wait(REDRAW_EVERY_S):
            says = "   ".join(f"{line.name}: {line.says}" for line in self._lines if line.says)
            now_s = time.monotonic() - self._started_s
            if self._redraws:
                text = f"{now_s:4.0f} s  {says}"
                sys.stdout.write("\r\x1b[K" + text[: _width() - 1])
            elif says != said and now_s >= next_s:
                sys.stdout.write(f"{now_s:4.0f} s  {says}\n")
                said, next_s = says, now_s + PLAIN_EVERY_S
            sys.stdout.flush()
        if self._redraws:
            sys.stdout.write("\r\x1b[K")
            sys.stdout.flush()


def _width() -> int:
    try:
        return os.get_terminal_size().columns
    except OSError:
        return 80
