"""The locks, read: each package with its version, its hashes, and what else stands there."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
LOCKS = CHECKOUT / "locks"
_ENTRY = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[\w,-]+\])?\s*(?:==\s*([^\s;\\]+))?")
_HASH = re.compile(r"^\s+--hash=sha256:[0-9a-f]{64}( \\)?$")


@dataclass(frozen=True, slots=True)
class Pin:
    """One package of a lock; `version` is empty where none is pinned."""

    lock: str
    name: str
    version: str
    hashes: int


def names() -> list[Path]:
    """Every lock of this checkout."""
    return sorted(LOCKS.glob("*.lock"))


def pins(lock: Path) -> list[Pin]:
    """The packages of one lock."""
    return list(_pins(lock.name, lock.read_text().splitlines()))


def _pins(lock: str, lines: list[str]) -> Iterator[Pin]:
    begun: tuple[str, str] | None = None
    hashes = 0
    for line in [*lines, "end"]:
        if _HASH.match(line):
            hashes += 1
        elif line and not line.startswith((" ", "#", "\t")):
            if begun is not None:
                yield Pin(lock, *begun, hashes)
            entry = _ENTRY.match(line)
            begun, hashes = (_name(entry[1]), entry[2] or "") if entry else (line, ""), 0


def _name(text: str) -> str:
    """A package's name as registries compare it."""
    return re.sub(r"[-_.]+", "-", text).lower()


def faults(lock: Path) -> list[str]:
    """What a lock may not have: an unpinned or unhashed package, or an address of a registry."""
    found = [
        f"{pin.lock}: {pin.name} {'has no hash' if pin.version else 'is not pinned'}"
        for pin in pins(lock)
        if not pin.version or not pin.hashes
    ]
    for number, line in enumerate(lock.read_text().splitlines(), 1):
        if "://" in line or line.lstrip().startswith(("-i", "--index", "--extra", "--find", "-f")):
            found.append(f"{lock.name}:{number} names a place to download from")
        elif line.startswith("-"):
            found.append(f"{lock.name}:{number} is an option")
    return found


def every_pin() -> dict[str, set[str]]:
    """Each package of any lock, and its versions."""
    found: dict[str, set[str]] = {}
    for lock in names():
        for pin in pins(lock):
            found.setdefault(pin.name, set()).add(pin.version)
    return found
