"""What the warden needs to know about one thing it runs."""

import signal
import socket
from pathlib import Path
from typing import Protocol

from stack.home import LOOPBACK, Home
from stack.interpreter import plain_env
from stack.walls import Walls


class Component(Protocol):
    """One process of the stack. A class per file; the table of all stands in `__init__.py`."""

    name: str
    needs: tuple[str, ...]
    """Components that must be ready before this one is started."""
    beside: tuple[str, ...]
    """Components that must run as well, but may become ready later."""
    ports: tuple[str, ...]
    """Names (in ports.json) that it listens on itself."""
    walls: Walls
    ready_within_s: float
    stop_within_s: float
    stop_signal: signal.Signals

    @property
    def module(self) -> str:
        """The Python module that `argv` runs, if it may be forked instead; or nothing."""

    def argv(self) -> tuple[str, ...]:
        """Return the command."""

    def env(self) -> dict[str, str]:
        """Return its whole environment: nothing of the caller's leaks in."""

    def cwd(self) -> Path:
        """Return the folder it starts in."""

    def visible(self) -> tuple[Path, ...]:
        """Return what it may see of LAB_HOME when it is BLIND."""

    async def prepare(self) -> None:
        """Write its configuration and data folder; called before each start."""

    async def ready(self) -> bool:
        """Whether it does its work now. Must answer within about a second."""

    async def settle(self) -> None:
        """Do what can only be done once it is ready (roles, proxies)."""


class Defaults:
    """The answers that most components give; `Component` is what they are held to."""

    name = ""
    needs: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    walls = Walls.NONE
    ready_within_s = 15.0
    stop_within_s = 2.0
    stop_signal = signal.SIGTERM

    def __init__(self, home: Home) -> None:
        self.home = home
        self.ports: tuple[str, ...] = (self.name,)

    def env(self) -> dict[str, str]:
        """Return an environment with a path and a language, nothing else."""
        return plain_env()

    def cwd(self) -> Path:
        """Return this home's data folder of the component."""
        return self.home.data(self.name)

    @property
    def module(self) -> str:
        """Return nothing: it is a program of its own."""
        return ""

    def visible(self) -> tuple[Path, ...]:
        """Return nothing."""
        return ()

    async def prepare(self) -> None:
        """Make the data folder."""
        self.home.data(self.name).mkdir(parents=True, exist_ok=True)

    async def settle(self) -> None:
        """Nothing is left to do."""


def hold_port(port: int) -> socket.socket | None:
    """Reserve a port without listening, so that no outgoing connection is given it meanwhile.

    Between a kill and the restart of a server, the port is free; under load the OS hands out
    thousands of ports to clients and would hit it. A bound socket that does not listen prevents
    this on Linux, and does not stand in the way of a server that sets SO_REUSEADDR (all ours do).
    """
    holder = socket.socket()
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        holder.bind((LOOPBACK, port))
    except OSError:
        holder.close()
        return None
    return holder
