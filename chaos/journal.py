"""The fault journal: each fault and its deadline is on disk before the fault is applied.

If everything dies with faults on, whoever starts next reads here what must be lifted. The
decisions (`due`) are pure; the file is replaced as a whole (write, fsync, rename, fsync the
folder), so a reader finds the old journal or the new one and never half of either.

The order that keeps the promise "no fault outlives its deadline":

    entry = journal.record(spec, for_s, now_s)      # 1. on disk
    await parse(spec).apply(world, entry.id)        # 2. only then on
    ...
    await parse(entry.spec).lift(world, entry.id)   # 3. off
    journal.remove(entry.id)                        # 4. only then forgotten
"""

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

DEFAULT_FOR_S = 30.0
LONGEST_FOR_S = 15 * 60.0


class JournalUnreadable(ValueError):  # noqa: N818 - the message is the sentence
    """The journal on disk is not ours or is damaged; the message says which file."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One fault that may be on, and the moment (epoch seconds) at which it must be off."""

    id: str
    spec: dict[str, Any]
    recorded_s: float
    deadline_s: float


def due(entries: Iterable[Entry], now_s: float) -> list[Entry]:
    """Return the faults that must be lifted now.

    A clock that went back behind the recording would keep a fault on for longer than was
    agreed, so an entry from the future is due as well.
    """
    return [e for e in entries if now_s >= e.deadline_s or now_s < e.recorded_s - 1.0]


def next_deadline_s(entries: Iterable[Entry]) -> float | None:
    """Return when the next fault must be lifted, None when there is none."""
    return min((e.deadline_s for e in entries), default=None)


def checked_for_s(for_s: float | None) -> float:
    """Return how long a fault stays on: the default when not said, never without a limit."""
    if for_s is None:
        return DEFAULT_FOR_S
    if not 0 < for_s <= LONGEST_FOR_S:
        raise ValueError(
            f"a fault stays on for more than 0 and at most {LONGEST_FOR_S:.0f} s, not {for_s:g} s"
        )
    return float(for_s)


class Journal:
    """The journal file of one lab. One writer: the warden."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._count, self._entries = _read(path)

    def entries(self) -> list[Entry]:
        """Return what may be on, oldest first."""
        return list(self._entries.values())

    def get(self, fault_id: str) -> Entry | None:
        """Return one entry."""
        return self._entries.get(fault_id)

    def record(self, spec: dict[str, Any], for_s: float | None, now_s: float) -> Entry:
        """Put a fault on disk under a fresh id; only after this returns may it be applied."""
        seconds = checked_for_s(for_s)
        self._count += 1
        entry = Entry(f"{_word(spec)}-{self._count}", dict(spec), now_s, now_s + seconds)
        self._entries[entry.id] = entry
        try:
            self._write()
        except OSError:
            del self._entries[entry.id]
            raise
        return entry

    def remove(self, fault_id: str) -> None:
        """Forget a fault; only after it was lifted. Harmless when it is not there."""
        if self._entries.pop(fault_id, None):
            self._write()

    def clear(self) -> None:
        """Forget all faults; only after all were lifted."""
        self._entries.clear()
        self._write()

    def _write(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._path.with_suffix(".new")
        document = {"count": self._count, "faults": [asdict(e) for e in self.entries()]}
        with fresh.open("w", encoding="utf-8") as file:
            json.dump(document, file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _word(spec: dict[str, Any]) -> str:
    """Return the word an id starts with: `latency-3` is easier to type than a number alone."""
    toxic = spec.get("toxic")
    if isinstance(toxic, dict) and isinstance(toxic.get("type"), str):
        return str(toxic["type"])
    return str(spec.get("kind", "fault"))


def _read(path: Path) -> tuple[int, dict[str, Entry]]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        entries = [Entry(**fault) for fault in document["faults"]]
        return int(document["count"]), {e.id: e for e in entries}
    except FileNotFoundError:
        return 0, {}
    except (ValueError, TypeError, KeyError) as error:
        raise JournalUnreadable(f"{path} is not a fault journal: {error}") from error
