"""Reads a file of JSON lines that somebody else is still writing."""

import json
from pathlib import Path
from typing import Any


class Tail:
    """Each call of `new` returns the objects that were completed since the last one."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0

    def new(self) -> list[dict[str, Any]]:
        """Return whole new lines; half a line waits for its other half."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                fresh = file.read()
        except FileNotFoundError:
            return []
        whole = fresh[: fresh.rfind(b"\n") + 1]
        self._offset += len(whole)
        return [json.loads(line) for line in whole.splitlines() if line.strip()]


def read_all(path: Path) -> list[dict[str, Any]]:
    """Return every whole object in the file, none when there is no file."""
    return Tail(path).new()
