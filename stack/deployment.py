"""What the services are deployed with: their code, the scale, and the database they use."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from stack.home import CHECKOUT, DATABASE
from stack.trouble import Trouble

_LINE = re.compile(r"(?:export\s+)?([A-Z][A-Z0-9_]*)=(.*)")


@dataclass(frozen=True)
class Deployment:
    """One deployment of the services."""

    services_root: Path = CHECKOUT
    scale: Mapping[str, str] = field(default_factory=dict)
    database: str = DATABASE
    kafka: bool = False
    skewed: frozenset[str] = frozenset()
    """Processes that run under libfaketime, because a fault is to move their clock."""

    @property
    def services(self) -> Path:
        """The folder with the code."""
        return self.services_root / "services"


def code_hash(services: Path) -> str:
    """Return twelve hex digits over every file: what a service answers at /livez as `code`."""
    digest = hashlib.sha256()
    for path in files(services):
        digest.update(path.relative_to(services.parent).as_posix().encode() + b"\0")
        digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def own_version(checkout: Path = CHECKOUT) -> str:
    """Return what changes with the stack's own program: a warden of another one is replaced."""
    digest = hashlib.sha256()
    for room in ("stack", "chaos"):
        for path in sorted((checkout / room).rglob("*.py")):
            entry = path.stat()
            digest.update(f"{path} {entry.st_size} {entry.st_mtime_ns}\n".encode())
    return digest.hexdigest()[:12]


def read_deploy_env(file: Path, prefix: str) -> dict[str, str]:
    """Return the KEY=VALUE lines of a deploy.env, each with the service's prefix."""
    try:
        lines = file.read_text().splitlines()
    except FileNotFoundError:
        return {}
    values: dict[str, str] = {}
    for number, raw in enumerate(lines, 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            raise Trouble(f"{file}:{number} is not KEY=VALUE: {line!r}.", "./lab diff")
        key, value = match[1], match[2].split(" #", 1)[0].strip().strip("\"'")
        values[key if key.startswith(prefix) else prefix + key] = value
    return values


def files(services: Path) -> list[Path]:
    """Return every file of the services, in a fixed order; what Python compiled is left out."""
    found = (path for path in services.rglob("*") if path.is_file())
    kept = [p for p in found if "__pycache__" not in p.parts and p.suffix != ".pyc"]
    return sorted(kept, key=lambda path: path.relative_to(services.parent).as_posix())
