"""One supervised child process.

It gets a session of its own, so that stopping reaches its grandchildren; readiness is a question
with a deadline; a child that exits early is named with its last words; and on Linux it dies with
the process that started it, however that one dies.
"""

import asyncio
import contextlib
import os
import shutil
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

ASK_EVERY_S = 0.03
_LOG_LIMIT_BYTES = 20_000_000
_BLOCK_BYTES = 64_000


class DidNotStart(Exception):  # noqa: N818 - it is an answer, and the warden words it
    """A child that exited, or was not ready, before its deadline."""

    def __init__(self, name: str, said: str, log_tail: str) -> None:
        super().__init__(f"{name} {said}")
        self.name = name
        self.said = f"{name} {said}"
        self.log_tail = log_tail


async def _at_once() -> bool:
    return True


@dataclass(frozen=True)
class Spec:
    """What to run, and how to tell that it runs."""

    name: str
    argv: tuple[str, ...]
    log: Path
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: Path = Path("/")
    ready: Callable[[], Awaitable[bool]] = _at_once
    ready_within_s: float = 10.0
    stop_within_s: float = 2.0
    stop_signal: signal.Signals = signal.SIGTERM
    stdin: int = asyncio.subprocess.DEVNULL
    module: str = ""  # what `argv` runs, if Python and so that it may be forked as well


class Child:
    """A running (or ended) process made from a Spec."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.started_s = 0.0
        self._process: asyncio.subprocess.Process | None = None
        self._log_from = 0

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._process.pid if self._process and self.alive else None

    @property
    def started(self) -> bool:
        """Whether there ever was a process."""
        return self._leader is not None

    @property
    def alive(self) -> bool:
        """Whether the process has not ended yet."""
        return self._process is not None and self._process.returncode is None

    @property
    def returncode(self) -> int | None:
        """How it ended; minus the signal's number if a signal ended it."""
        return self._process.returncode if self._process else None

    async def start(self) -> None:
        """Start the process; whether it is ready is another question."""
        spec = self.spec
        with opened(spec.log) as log:
            self._log_from = log.tell()
            self.started_s = time.time()
            try:
                self._process = await asyncio.create_subprocess_exec(
                    *dies_with_parent(spec.argv),
                    stdin=spec.stdin,
                    stdout=log,
                    stderr=asyncio.subprocess.STDOUT,
                    env=dict(spec.env),
                    cwd=spec.cwd,
                    start_new_session=True,
                )
            except OSError as error:
                raise DidNotStart(spec.name, f"cannot be run: {error}", "") from error

    async def wait_ready(self) -> None:
        """Ask until it is ready; an early exit ends the wait at once."""
        give_up_s = time.monotonic() + self.spec.ready_within_s
        while not await self._asked():
            if not self.alive:
                raise self._unready(f"exited with {self.returncode} before it was ready")
            if time.monotonic() > give_up_s:
                raise self._unready(f"was not ready within {self.spec.ready_within_s:g} s")
            await asyncio.sleep(ASK_EVERY_S)
        if not self.alive:
            raise self._unready(f"exited with {self.returncode} as soon as it was ready")

    async def wait(self) -> int:
        """Wait until it ends."""
        if self._process is None:
            raise RuntimeError(f"{self.spec.name} was never started")
        return await self._process.wait()

    async def stop(self, patience_s: float | None = None) -> None:
        """Ask it to end, then end its whole group, grandchildren included."""
        patience_s = self.spec.stop_within_s if patience_s is None else patience_s
        if (leader := self._leader) is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self.send(signal.SIGCONT)  # a paused process would not hear the request
            self.send(self.spec.stop_signal)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.wait(), patience_s)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(leader, signal.SIGKILL)
        await self.wait()

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the process itself; ProcessLookupError if it has ended."""
        if self.pid is None:
            raise ProcessLookupError(self.spec.name)
        os.kill(self.pid, number)

    def send_group(self, number: signal.Signals) -> None:
        """Send a signal to the process and everything it started."""
        if self._leader is None:
            raise ProcessLookupError(self.spec.name)
        os.killpg(self._leader, number)

    def log_tail(self, lines: int = 25) -> str:
        """Return the last lines it wrote since it was started."""
        return tail(self.spec.log, lines, self._log_from)

    @property
    def _leader(self) -> int | None:
        """The process id, also after its end: its group may live on."""
        return self._process.pid if self._process else None

    async def _asked(self) -> bool:
        return self.alive and await self.spec.ready()

    def _unready(self, said: str) -> DidNotStart:
        return DidNotStart(self.spec.name, said, self.log_tail())


def dies_with_parent(argv: tuple[str, ...]) -> tuple[str, ...]:
    """Prefix a command so that Linux kills it when its parent ends, even by kill -9."""
    if sys.platform != "linux" or "--pdeathsig" in argv or shutil.which("setpriv") is None:
        return argv
    return ("setpriv", "--pdeathsig", "KILL", "--", *argv)


def tail(log: Path, lines: int, since_byte: int = 0) -> str:
    """Return the last lines of a file, whole ones, reading only its end."""
    try:
        with log.open("rb") as file:
            end = file.seek(0, os.SEEK_END)
            begin, found = end, b""
            while begin > since_byte and found.count(b"\n") <= lines:
                begin = max(since_byte, begin - _BLOCK_BYTES)
                file.seek(begin)
                found = file.read(end - begin)
    except FileNotFoundError:
        return ""
    return "\n".join(found.decode(errors="replace").splitlines()[-lines:])


def opened(log: Path) -> IO[bytes]:
    """Open a log to append to; one that has grown too long is put aside."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileNotFoundError):
        if log.stat().st_size > _LOG_LIMIT_BYTES:
            log.replace(log.with_suffix(".log.1"))
    return log.open("ab")
