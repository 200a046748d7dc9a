"""Runs the service of one container, on the word of whoever connects to its unix socket.

It is the first process of our own containers, with nothing but the standard library. A connection
is one process: a JSON line says what to start, lines with a number are signals to its group, and
what comes back is its output and how it ended. When the connection ends, so does the process: the
console owns it as the embedded warden owns its children.

    -> {"argv": [...], "env": {...}, "cwd": "...", "stop_signal": 15, "stop_within_s": 12}
    <- {"pid": 7}        <- {"out": "..."}        <- {"code": 0}
    -> {"signal": 19}    to the group; {"signal": 15, "leader": true} to the process alone

`supervisor.py SOCKET` serves, `supervisor.py SOCKET --healthy PORT` asks whether what runs is well.
"""

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any

LINE_LIMIT_BYTES = 1_000_000
LEAVES_WITHIN_S = 12.0
ANSWERS_WITHIN_S = 3.0


class Supervisor:
    """The processes of one container, one per connection."""

    def __init__(self) -> None:
        self.running: set[asyncio.subprocess.Process] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection for as long as its process lives."""
        with contextlib.suppress(OSError, ValueError, asyncio.IncompleteReadError):
            asked = json.loads(await reader.readline() or "{}")
            if "argv" in asked:
                await self._run(asked, reader, writer)
            else:
                _say(writer, {"running": [process.pid for process in self.running]})
        writer.close()

    async def leave(self) -> None:
        """Let everything end in good order, then end it."""
        for process in self.running:
            _signal(process.pid, signal.SIGCONT)
            _signal(process.pid, signal.SIGTERM, leader=True)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LEAVES_WITHIN_S):
                await asyncio.gather(*(process.wait() for process in self.running))
        for process in self.running:
            _signal(process.pid, signal.SIGKILL)

    async def _run(
        self, asked: dict[str, Any], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            process = await asyncio.create_subprocess_exec(
                *asked["argv"],
                env=asked["env"],
                cwd=asked["cwd"],
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,
                limit=LINE_LIMIT_BYTES,
            )
        except OSError as error:
            _say(writer, {"refused": str(error)})
            return
        self.running.add(process)
        _say(writer, {"pid": process.pid})
        obeying = asyncio.create_task(_obey(process.pid, reader, asked))
        telling = asyncio.create_task(_tell(process, writer))
        code = await process.wait()
        self.running.discard(process)
        obeying.cancel()
        with contextlib.suppress(TimeoutError):  # a grandchild may hold the pipe open
            await asyncio.wait_for(telling, 0.5)
        _signal(process.pid, signal.SIGKILL)
        _say(writer, {"code": code})


async def _obey(pid: int, reader: asyncio.StreamReader, asked: dict[str, Any]) -> None:
    """Pass signals on; when nobody is there to send them any more, end it."""
    while line := await reader.readline():
        word = json.loads(line)
        _signal(pid, word["signal"], leader=word.get("leader", False))
    _signal(pid, signal.SIGCONT)
    _signal(pid, asked.get("stop_signal", signal.SIGTERM), leader=True)
    await asyncio.sleep(asked.get("stop_within_s", LEAVES_WITHIN_S))
    _signal(pid, signal.SIGKILL)


async def _tell(process: asyncio.subprocess.Process, writer: asyncio.StreamWriter) -> None:
    """Pass its output on, and into the container's own log."""
    if process.stdout is None:
        return
    while chunk := await process.stdout.read(65536):
        sys.stdout.buffer.write(chunk)
        sys.stdout.buffer.flush()
        _say(writer, {"out": chunk.decode(errors="replace")})


def _say(writer: asyncio.StreamWriter, word: dict[str, Any]) -> None:
    with contextlib.suppress(OSError, RuntimeError):
        writer.write(json.dumps(word).encode() + b"\n")


def _signal(pid: int, number: int, *, leader: bool = False) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        (os.kill if leader else os.killpg)(pid, number)


async def serve(path: Path) -> None:
    """Serve until SIGTERM."""
    path.unlink(missing_ok=True)
    supervisor, stop = Supervisor(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    server = await asyncio.start_unix_server(supervisor.serve, path, limit=LINE_LIMIT_BYTES)
    path.chmod(0o666)  # the console has another account; the folder is shared with it alone
    async with server:
        await stop.wait()
        await supervisor.leave()


def healthy(path: Path, port: int) -> bool:
    """Whether the supervisor answers, and what it runs does too; idle is well.

    Plain sockets: this is a fresh process every few seconds in every container.
    """
    try:
        with socket.socket(socket.AF_UNIX) as asked:
            asked.settimeout(ANSWERS_WITHIN_S)
            asked.connect(str(path))
            asked.sendall(b"{}\n")
            idle = b'"running": []' in asked.makefile("rb").readline()
        return idle or _is_alive(port)
    except OSError:
        return False


def _is_alive(port: int) -> bool:
    with socket.create_connection(("127.0.0.1", port), timeout=ANSWERS_WITHIN_S) as asked:
        asked.sendall(b"GET /livez HTTP/1.0\r\n\r\n")
        return b" 200 " in asked.makefile("rb").readline()


if __name__ == "__main__":
    if sys.argv[2:3] == ["--healthy"]:
        sys.exit(0 if healthy(Path(sys.argv[1]), int(sys.argv[3])) else 1)
    asyncio.run(serve(Path(sys.argv[1])))
