"""The files of the workspace, for an editor in a browser: listed, read, and never lost.

A file may be open here, in another browser and in the learner's own editor at once. So a save says
what it started from, and one that started from something older is refused, not merged in silence.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from labs.engine.workspace import Workspace
from stack.home import write_atomically
from stack.trouble import Trouble

ROOT = "services"
EDITABLE = {".py", ".sql", ".lua", ".env", ".toml", ".cfg", ".j2", ".txt", ".yml", ".json"}
LANGUAGES = {".py": "Python", ".sql": "SQL", ".lua": "Lua", ".toml": "TOML", ".json": "JSON"}
LARGEST_BYTES = 400_000


@dataclass(frozen=True, slots=True)
class Opened:
    """A file as it was read."""

    name: str
    text: str

    @property
    def mark(self) -> str:
        """What a save must still find."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def language(self) -> str | None:
        """What its syntax is called, where it has one."""
        return LANGUAGES.get(Path(self.name).suffix)


def listed(workspace: Workspace) -> list[str]:
    """Return every file that can be edited, by its path in the workspace."""
    workspace.need()
    found = (workspace.path / ROOT).rglob("*")
    names = [path.relative_to(workspace.path).as_posix() for path in found if _editable(path)]
    return sorted(names, key=lambda name: (name.count("/") == 0, name))


def opened(workspace: Workspace, name: str) -> Opened:
    """Read a file of the workspace. Trouble when there is none of this name."""
    path = _inside(workspace, name)
    try:
        return Opened(name, path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise Trouble(f"{name} cannot be read.", f"./lab reset {name}") from error


def save(workspace: Workspace, name: str, text: str, mark: str) -> Opened:
    """Write a file, if it is still what it was when it was opened.

    Raises:
        Trouble: somebody else has changed it meanwhile, or it cannot be written.
    """
    path = _inside(workspace, name)
    if len(text.encode()) > LARGEST_BYTES:
        raise Trouble(f"{name} would be larger than {LARGEST_BYTES} bytes.", "./lab diff")
    there = path.read_text(encoding="utf-8") if path.exists() else ""
    if Opened(name, there).mark != mark:
        said = f"{name} was changed elsewhere since you opened it; nothing was saved."
        raise Trouble(said, "open it again, or save over it")
    mode = path.stat().st_mode if path.exists() else None
    try:
        write_atomically(path, text)
        if mode is not None:
            path.chmod(mode)
    except OSError as error:
        raise Trouble(f"{name} cannot be written: {error.strerror}.", "df -h .") from error
    return Opened(name, text)


def create(workspace: Workspace, name: str) -> Opened:
    """Make an empty file below services/. Trouble when there is one, or it may not be there."""
    path = _inside(workspace, name.strip())
    if path.exists():
        raise Trouble(f"{name} is there already.", "open it")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return Opened(path.relative_to(workspace.path.resolve()).as_posix(), "")


def _editable(path: Path) -> bool:
    known = path.suffix in EDITABLE or path.name.endswith(".env")
    return known and path.is_file() and not path.is_symlink() and "__pycache__" not in path.parts


def _inside(workspace: Workspace, name: str) -> Path:
    """Return the path of a file below services/; nothing outside is ever touched."""
    root = (workspace.path / ROOT).resolve()
    path = (workspace.path / name).resolve()
    if not path.is_relative_to(root) or path.suffix not in EDITABLE:
        raise Trouble(f"{name} is not a file of the services.", "./lab diff")
    return path
