"""The learner's progress in one file that survives a crash and two commands at once.

Every change reads the file under a lock, keeps the previous one beside it and replaces it whole. A
file that cannot be read is set aside, never overwritten, and the previous one is taken up again.
"""

from __future__ import annotations

import fcntl
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import ValidationError

from labs.engine.progress import Progress
from stack.home import Home, write_atomically
from stack.trouble import Trouble


class ProgressFile:
    """The file of one home. `tell` hears about a file that had to be set aside."""

    def __init__(self, home: Home, tell: Callable[[str], None] = lambda _said: None) -> None:
        self.path = home.path / "progress.json"
        self.previous = home.path / "progress.json.previous"
        self._lock = home.path / "progress.lock"
        self._tell = tell

    def read(self) -> Progress:
        """Return the progress; a damaged file is set aside and the one before it taken up."""
        with self._locked():
            return self._read()

    def change(self, how: Callable[[Progress], None]) -> Progress:
        """Read, change, keep the previous, write: all under the lock."""
        with self._locked():
            progress = self._read()
            how(progress)
            return self._write(progress)

    def replace(self, progress: Progress) -> Progress:
        """Put a whole progress in place of the one that is there, which stays as the previous."""
        with self._locked():
            return self._write(progress)

    def _write(self, progress: Progress) -> Progress:
        text = progress.model_dump_json(indent=1) + "\n"
        try:
            if self.path.exists():
                write_atomically(self.previous, self.path.read_text(encoding="utf-8"))
            write_atomically(self.path, text)
        except OSError as error:
            said = f"{self.path} cannot be written: {error.strerror}; it is as it was."
            raise Trouble(said, "df -h .") from error
        return progress

    def _read(self) -> Progress:
        for path in (self.path, self.previous):
            try:
                return Progress.model_validate(json.loads(path.read_text(encoding="utf-8")))
            except FileNotFoundError:
                continue
            except (ValueError, ValidationError):
                self._set_aside(path)
        return Progress()

    def _set_aside(self, path: Path) -> None:
        aside = path.with_name(f"{path.name}.damaged-{time.strftime('%Y%m%d-%H%M%S')}")
        path.rename(aside)
        self._tell(f"{path.name} was damaged; it is kept as {aside.name}.")

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._lock.parent.mkdir(parents=True, exist_ok=True)
        with self._lock.open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
