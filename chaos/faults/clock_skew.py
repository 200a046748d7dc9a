"""clock_skew: one process believes in another time.

libfaketime reads the offset from a file that the process was started with (the stack does that
for the processes that a lab names), about once a second. The monotonic clock is left alone:
uvloop's timers run on it.
"""

import asyncio
import contextlib
import os
from email.utils import parsedate_to_datetime
from pathlib import Path
from time import time
from typing import Literal

import httpx2

from chaos.faults.fault import Fault, Probe
from chaos.loopback import PLAIN
from chaos.trouble import BadFault
from chaos.world import World

_TIMEOUT_S = 2.0
_BELIEVED_WITHIN_S = 4.0
_ASK_EVERY_S = 0.1
_UNSHARP_S = 2.5  # an HTTP date is in whole seconds and may be a second old


class ClockSkew(Fault):
    """Put the wall clock of a process forward (or back: negative) by `offset_s` seconds."""

    kind: Literal["clock_skew"] = "clock_skew"
    process: str
    offset_s: float

    async def apply(self, world: World, fault_id: str) -> None:
        """Write the offset, and return when the process believes it (or will not)."""
        _write(self._file(world), self.offset_s)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_BELIEVED_WITHIN_S):
                while not (await self.probe(world, fault_id)).on:
                    await asyncio.sleep(_ASK_EVERY_S)

    async def lift(self, world: World, fault_id: str) -> None:  # noqa: ARG002
        """Write zero."""
        path = world.processes.faketime_file(self.process)
        if path is not None and path.parent.is_dir():
            _write(path, 0.0)

    async def probe(self, world: World, fault_id: str) -> Probe:  # noqa: ARG002
        """Compare the date in an answer of the process with ours, where they can differ visibly."""
        if self._file(world).read_text(encoding="ascii").strip() != _offset(self.offset_s):
            return Probe(False, f"the clock of {self.process} is not set to be off")
        if abs(self.offset_s) <= _UNSHARP_S:
            return self._preloaded(world)
        seen_s = await self._ahead_s(world)
        if seen_s is None:
            return self._preloaded(world)
        on = abs(seen_s - self.offset_s) <= _UNSHARP_S
        return Probe(on, f"{self.process} says a time {seen_s:+.1f} s from ours")

    def _file(self, world: World) -> Path:
        path = world.processes.faketime_file(self.process)
        if path is None:
            raise BadFault(f"{self.process} was not started with a clock that can be skewed")
        return path

    async def _ahead_s(self, world: World) -> float | None:
        url = world.processes.url(self.process)
        if url is None:
            return None
        async with httpx2.AsyncClient(timeout=_TIMEOUT_S, **PLAIN) as http:
            try:
                answer = await http.get(f"{url}/livez")
            except httpx2.HTTPError:
                return None
        date = answer.headers.get("date")
        return parsedate_to_datetime(date).timestamp() - time() if date else None

    def _preloaded(self, world: World) -> Probe:
        """Look whether the library that does it is in the process at all."""
        pid = world.processes.pid(self.process)
        try:
            maps = Path(f"/proc/{pid}/maps").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return Probe(False, f"{self.process} does not run or cannot be looked into")
        on = "libfaketime" in maps
        return Probe(on, f"libfaketime is {'' if on else 'not '}loaded in {self.process}")


def _offset(offset_s: float) -> str:
    return f"{offset_s:+g}"


def _write(path: Path, offset_s: float) -> None:
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(_offset(offset_s) + "\n", encoding="ascii")
    os.replace(fresh, path)  # noqa: PTH105 - one step: the library never reads half an offset
