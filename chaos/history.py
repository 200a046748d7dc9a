"""When faults went on and off, for whoever looks back: the journal knows only what may be on now.

Lines are those of a run's `events.jsonl`: `{"at_s", "kind": "fault_on" | "fault_off", "name",
"spec"}`. Losing one costs a shaded stretch on a chart, never a fault that stays on, so a disk that
is full is not an error here.
"""

import contextlib
import json
from pathlib import Path
from typing import Any, Literal

FILE_NAME = "fault-history.jsonl"
MOST_BYTES = 256 * 1024


class History:
    """The history file of one lab. One writer: the warden."""

    def __init__(self, path: Path, most_bytes: int = MOST_BYTES) -> None:
        self._path = path
        self._most_bytes = most_bytes

    def write(
        self, kind: Literal["fault_on", "fault_off"], name: str, spec: dict[str, Any], at_s: float
    ) -> None:
        """Note that a fault is on, or off, since `at_s` (epoch seconds)."""
        line = json.dumps({"at_s": at_s, "kind": kind, "name": name, "spec": spec}) + "\n"
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as file:
                file.write(line)
                long = file.tell() > self._most_bytes
            if long:
                self._forget_the_older_half()

    def _forget_the_older_half(self) -> None:
        lines = self._path.read_text(encoding="utf-8").splitlines(keepends=True)
        fresh = self._path.with_suffix(".new")
        fresh.write_text("".join(lines[len(lines) // 2 :]), encoding="utf-8")
        fresh.replace(self._path)
