"""The interpreter that the processes of one instance are forked from, and its control socket.

Three quarters of what a service's start costs is importing what it depends on, the same each time.
One server per instance and not one for all: processes forked from one interpreter share its hash
seed, and two shorteners that agree on `hash(code)` would pass a repair that relies on it, which no
two processes in the world may.
"""

import contextlib
import os
import socket
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from stack import runtime, walls
from stack.home import Home, write_atomically
from stack.interpreter import IMPORTS, bytecode, python, python_env
from stack.process import Child, Spec

PROGRAM = Path(__file__).with_name("program.py")
WHAT_SERVICES_IMPORT = tuple(IMPORTS.split(","))


def possible() -> bool:
    """Whether this machine can: forking needs Linux, and the walls of one account for all trees."""
    if sys.platform != "linux" or runtime.in_compose() or walls.runs_as_stranger():
        return False
    try:
        os.close(os.pidfd_open(os.getpid()))  # old kernels lack it, and some sandboxes refuse it
    except (AttributeError, OSError):
        return False
    return True


class ForkServer:
    """Started when the first process is asked for, and again when its packages have changed."""

    def __init__(
        self,
        home: Home,
        name: str,
        mark: Mapping[str, str],
        imports: Sequence[str] = WHAT_SERVICES_IMPORT,
    ) -> None:
        self.home = home
        self.name = name
        self.mark = mark
        self.imports = imports
        self._child: Child | None = None
        self._control: socket.socket | None = None
        self._packages = ""

    @property
    def pid(self) -> int | None:
        """The server's own process, while it runs."""
        return self._child.pid if self._child else None

    def can_run(self, root: Path) -> bool:
        """Whether a tree is in sight behind these walls: outside LAB_HOME, or a variant."""
        trees = self.home.path / "variants"
        return root.is_relative_to(trees) or not root.is_relative_to(self.home.path)

    async def fork(self, output: int) -> socket.socket:
        """Fork a process whose output goes to a descriptor; return the socket to tell it more.

        OSError when there is no server to be had.
        """
        await self._ensure()
        try:
            return self._asked(output)
        except OSError:  # it has ended, and nobody has told us yet
            await self.stop()
            await self._ensure()
            return self._asked(output)

    async def stop(self) -> None:
        """End it; on Linux, what was forked from it ends as well."""
        child, self._child = self._child, None
        if self._control:
            self._control.close()
            self._control = None
        if child:
            await child.stop()

    def _asked(self, output: int) -> socket.socket:
        if self._control is None:
            raise OSError(f"there is no fork server of {self.name}")
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                socket.send_fds(self._control, [b"."], [theirs.fileno(), output])
            except OSError:
                ours.close()
                raise
        ours.setblocking(False)
        return ours

    async def _ensure(self) -> None:
        packages = self._stamp()
        if self._child and self._child.alive and packages == self._packages:
            return
        await self.stop()
        trees, program = self.home.path / "variants", self._program()
        trees.mkdir(parents=True, exist_ok=True)
        argv = walls.build(
            walls.Walls.BLIND,
            (python(self.home), "-B", str(program), *self.imports),
            home=self.home.path,
            cwd=trees,
            visible=(self.home.path / "venv", bytecode(self.home), program.parent, trees),
        )
        ours, theirs = socket.socketpair()
        with theirs:
            env = python_env(self.home, trees) | dict(self.mark)
            log, control = self.home.log(self.name), theirs.fileno()
            spec = Spec(self.name, argv, log, env, trees, stdin=control)
            child = Child(spec)
            try:
                await child.start()
            except BaseException:
                ours.close()
                raise
        self._child, self._control, self._packages = child, ours, packages

    def _program(self) -> Path:
        """Lay the program where it is seen from behind the walls: the checkout may not be."""
        program = self.home.path / "cache" / "forkserver" / PROGRAM.name
        program.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(program, PROGRAM.read_text(encoding="utf-8"))
        return program

    def _stamp(self) -> str:
        with contextlib.suppress(OSError):
            return str((self.home.path / "venv" / "run.lock").stat().st_mtime_ns)
        return ""
