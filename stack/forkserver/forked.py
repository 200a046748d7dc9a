"""A service that was forked, with the face of a child of ours."""

import asyncio
import contextlib
import json
import signal
import time

from stack.elsewhere import Elsewhere
from stack.forkserver.server import ForkServer
from stack.process import DidNotStart, Spec, opened


class Forked(Elsewhere):
    """A process that a fork server made for us; the server tells how it ended."""

    def __init__(self, spec: Spec, server: ForkServer) -> None:
        super().__init__(spec)
        self._server = server
        self._following: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Have it forked, and tell it what to be; DidNotStart when that is not to be had."""
        spec = self.spec
        wish = {
            "name": spec.name,
            "module": spec.module,
            "env": dict(spec.env),
            "cwd": str(spec.cwd),
        }
        with opened(spec.log) as log:
            self._log_from = log.tell()
            self.started_s = time.time()
            try:
                line = await self._server.fork(log.fileno())
                reader, writer = await asyncio.open_connection(sock=line)
                writer.write(json.dumps(wish).encode() + b"\n")
                answer = json.loads(await reader.readline() or "{}")
            except (OSError, ValueError) as error:
                raise DidNotStart(spec.name, f"cannot be forked: {error}", "") from error
        if "pid" not in answer:
            writer.close()
            raise DidNotStart(spec.name, "cannot be forked: its fork server has ended", "")
        self._pid = int(answer["pid"])
        self._following = asyncio.create_task(self._follow(reader, writer))

    async def _follow(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Wait for the word of how it ended; a server that goes takes it along."""
        code = -int(signal.SIGKILL)
        with contextlib.suppress(OSError, ValueError):
            code = int(json.loads(await reader.readline())["code"])
        writer.close()
        self._end(code)
