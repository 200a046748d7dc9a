"""A process that runs in another container, with the face of a child of ours.

A service is started by the supervisor of its container, over the unix socket that both see. A
server is started by the engine: we find it, watch it and signal it (all containers of the stack
share one process namespace), but only the engine starts it again.
"""

import asyncio
import contextlib
import json
import os
import signal
import time
from pathlib import Path
from typing import Any

import psutil

from stack.elsewhere import Elsewhere
from stack.process import Child, DidNotStart, Spec

SOCKETS = Path("/hands")
LINE_LIMIT_BYTES = 1_000_000
_LOOK_EVERY_S = 0.1
SERVERS = {
    "postgres": "postgres",
    "redis": "redis-server",
    "kafka": "java",
    "proxy": "toxiproxy",
    "edge": "haproxy",
    "prometheus": "prometheus",
}
"""Component -> the name of its process."""


class Supervised(Elsewhere):
    """A process that the supervisor of a container runs for us."""

    def __init__(self, spec: Spec, socket: Path) -> None:
        super().__init__(spec)
        self._socket = socket
        self._writer: asyncio.StreamWriter | None = None
        self._following: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Ask the supervisor to start it; DidNotStart when that container is not there."""
        spec = self.spec
        spec.log.parent.mkdir(parents=True, exist_ok=True)
        self._log_from = spec.log.stat().st_size if spec.log.exists() else 0
        self.started_s = time.time()
        wish = {
            "argv": spec.argv,
            "env": dict(spec.env),
            "cwd": str(spec.cwd),
            "stop_signal": int(spec.stop_signal),
            "stop_within_s": spec.stop_within_s,
        }
        try:
            reader, self._writer = await asyncio.open_unix_connection(
                self._socket, limit=LINE_LIMIT_BYTES
            )
            self._say(wish)
            answer = json.loads(await reader.readline() or "{}")
        except (OSError, ValueError) as error:
            raise DidNotStart(spec.name, f"has no container to run in: {error}", "") from error
        if "pid" not in answer:
            self._writer.close()
            raise DidNotStart(spec.name, f"cannot be run: {answer.get('refused', '')}", "")
        self._pid = int(answer["pid"])
        self._following = asyncio.create_task(self._follow(reader))

    async def stop(self, patience_s: float | None = None) -> None:
        """Ask it to end, then end its whole group."""
        patience_s = self.spec.stop_within_s if patience_s is None else patience_s
        with contextlib.suppress(ProcessLookupError):
            self.send_group(signal.SIGCONT)
            self.send(self.spec.stop_signal)
            try:
                await asyncio.wait_for(self._ended.wait(), patience_s)
            except TimeoutError:
                self.send_group(signal.SIGKILL)
                await self._ended.wait()

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the process itself."""
        self._signal({"signal": int(number), "leader": True})

    def send_group(self, number: signal.Signals) -> None:
        """Send a signal to the process and everything it started."""
        self._signal({"signal": int(number)})

    def _signal(self, word: dict[str, Any]) -> None:
        if not self.alive:
            raise ProcessLookupError(self.spec.name)
        self._say(word)

    def _say(self, word: dict[str, Any]) -> None:
        if self._writer:
            self._writer.write(json.dumps(word).encode() + b"\n")

    async def _follow(self, reader: asyncio.StreamReader) -> None:
        """Write down what it says; a container that goes takes its process with it."""
        code = -int(signal.SIGKILL)
        with contextlib.suppress(OSError, ValueError), self.spec.log.open("a") as log:
            while line := await reader.readline():
                word = json.loads(line)
                if "out" in word:
                    log.write(word["out"])
                    log.flush()
                if "code" in word:
                    code = int(word["code"])
                    break
        if self._writer:
            self._writer.close()
        self._end(code)


class Resident(Elsewhere):
    """A server in a container of its own."""

    async def start(self) -> None:
        """Find it; the engine may be about to start it."""
        self.started_s = time.time()
        give_up_s = time.monotonic() + self.spec.ready_within_s
        while (pid := leader(SERVERS[self.spec.name])) is None:
            if time.monotonic() > give_up_s:
                raise DidNotStart(self.spec.name, "has no container that runs", "")
            await asyncio.sleep(_LOOK_EVERY_S)
        self._pid = pid
        self._watching = asyncio.create_task(self._watch(pid))

    async def stop(self, patience_s: float | None = None) -> None:  # noqa: ARG002 - the engine stops it
        """Let go of it: servers stay."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            self.send_group(signal.SIGCONT)
        self._watching.cancel()
        self._end(0)

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the server itself."""
        if self.pid is None:
            raise ProcessLookupError(self.spec.name)
        os.kill(self.pid, number)

    def send_group(self, number: signal.Signals) -> None:
        """Send a signal to the server and everything it started."""
        if self.pid is None:
            raise ProcessLookupError(self.spec.name)
        for process in (
            psutil.Process(self.pid),
            *psutil.Process(self.pid).children(recursive=True),
        ):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, number)

    async def _watch(self, pid: int) -> None:
        while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
            await asyncio.sleep(_LOOK_EVERY_S)
        self._end(-1)


def leader(name: str) -> int | None:
    """Return the process of that name that none of the same name started."""
    for process in psutil.process_iter(["name", "ppid"]):
        if process.info["name"] == name and _name_of(process.info["ppid"]) != name:
            return int(process.pid)
    return None


def _name_of(pid: int) -> str:
    try:
        return str(psutil.Process(pid).name()) if pid else ""
    except psutil.Error:
        return ""


def child_for(spec: Spec) -> Child:
    """Return the child that runs this spec, wherever that is."""
    if spec.name in SERVERS:
        return Resident(spec)
    if spec.name == "sink":
        return Child(spec)
    # Migrations are the workspace's code: they run where the shortener does, not beside secrets.
    return Supervised(spec, SOCKETS / ("shortener-a" if spec.name == "migrate" else spec.name))
