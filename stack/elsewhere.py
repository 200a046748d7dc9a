"""A process that somebody else is the parent of: known by its id, and told when it ends."""

import asyncio

from stack.process import Child, Spec


class Elsewhere(Child):
    """The face of a child without the process being ours: who starts it fills this in."""

    def __init__(self, spec: Spec) -> None:
        super().__init__(spec)
        self._pid: int | None = None
        self._code: int | None = None
        self._ended = asyncio.Event()

    @property
    def alive(self) -> bool:
        """Whether it has not ended yet."""
        return self._pid is not None and not self._ended.is_set()

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._pid if self.alive else None

    @property
    def returncode(self) -> int | None:
        """How it ended."""
        return self._code

    async def wait(self) -> int:
        """Wait until it ends."""
        if self._pid is None:
            raise RuntimeError(f"{self.spec.name} was never started")
        await self._ended.wait()
        return self._code or 0

    @property
    def _leader(self) -> int | None:
        return self._pid

    def _end(self, code: int) -> None:
        self._code = code
        self._ended.set()
