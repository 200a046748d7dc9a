"""The file that a run's spans go to: append only, bounded, and it says what it dropped."""

from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

FILE_NAME = "spans.jsonl"


class Recorder:
    """Writes spans of one run until there are `max_spans`; the rest is only counted."""

    def __init__(self, run_id: str, folder: Path, max_spans: int) -> None:
        self.run_id = run_id
        self.folder = folder
        self.max_spans = max_spans
        self.spans = 0
        self.dropped = 0
        self.trouble: str | None = None
        self._file: BinaryIO = (folder / FILE_NAME).open("ab", buffering=0)

    def write(self, lines: list[bytes]) -> int:
        """Append the lines that still fit and return how many were dropped.

        A full disk drops spans too: losing a trace must never cost a request, so the exporter
        is told and nobody waits.
        """
        kept = lines[: self.max_spans - self.spans]
        try:
            if kept:
                self._file.write(b"".join(kept))
        except OSError as failed:
            self.trouble = f"{FILE_NAME} could not be written: {failed.strerror}"
            kept = []
        self.spans += len(kept)
        lost = len(lines) - len(kept)
        self.dropped += lost
        return lost

    def counts(self) -> dict[str, Any]:
        """Say which run this is, what was kept and what was dropped."""
        return {
            "id": self.run_id,
            "dir": str(self.folder),
            "spans": self.spans,
            "dropped": self.dropped,
            "max_spans": self.max_spans,
            "trouble": self.trouble,
        }

    def close(self) -> None:
        """Let go of the file; writing is unbuffered, so nothing is left to flush."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
