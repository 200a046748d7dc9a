"""Everything that a learner did and wrote as one file, and back again; nothing is overwritten.

A restore first keeps what was there (`$LAB_HOME/backups/`), and refuses what it cannot read whole.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any, TypeGuard

from pydantic import ValidationError

from labs.engine.progress import Progress
from labs.engine.progress_file import ProgressFile
from stack.home import Home, write_atomically
from stack.trouble import Trouble

FORMAT = 1
PIPE = Path("-")  # out of one runtime and into another, without a file that both can see
KIND = "short-circuit-progress"


def text(home: Home) -> str:
    """Return the progress and the postmortems as one document."""
    document = {
        "kind": KIND,
        "format": FORMAT,
        "progress": ProgressFile(home).read().model_dump(),
        "postmortems": _postmortems(home),
    }
    return json.dumps(document, indent=1) + "\n"


def export(home: Home, to: Path) -> None:
    """Write one file with all of it; an existing file is never replaced."""
    if to.exists():
        raise Trouble(f"{to} exists; nothing was written.", "./lab progress --export ANOTHER")
    try:
        write_atomically(to, text(home))
    except OSError as error:
        raise Trouble(f"{to} cannot be written: {error.strerror}.", "df -h .") from error


def restore(home: Home, source: Path) -> list[Path]:
    """Put an exported file back; return where what stood here before is kept."""
    document = _read(source)
    progress = _progress(document, source)
    kept: list[Path] = []
    file = ProgressFile(home)
    if file.read() != Progress():
        kept.append(_keep(home, "progress.json", file.path.read_text(encoding="utf-8")))
    for name, text in document.get("postmortems", {}).items():
        kept += _put_back(home, str(name), str(text))
    file.replace(progress)
    return kept


def exported(source: Path) -> Progress:
    """Return the progress in an exported file; this home is not touched."""
    return _progress(_read(source), source)


def _progress(document: dict[str, Any], source: Path) -> Progress:
    try:
        return Progress.model_validate(document["progress"])
    except (KeyError, ValidationError) as error:
        raise Trouble(f"{source} is damaged; nothing was changed.", "./lab progress") from error


def _read(source: Path) -> dict[str, Any]:
    try:
        read = json.loads(_text_of(source))
    except OSError as error:
        raise Trouble(f"{source} cannot be read: {error.strerror}.", "ls") from error
    except (ValueError, RecursionError) as error:
        raise Trouble(f"{source} is not whole; nothing was changed.", "./lab progress") from error
    if not _is_export(read):
        raise Trouble(f"{source} is no export of `lab progress`.", "./lab progress --export FILE")
    if read["format"] > FORMAT:
        raise Trouble(f"{source} was written by a newer version.", "git pull")
    return read


def _text_of(source: Path) -> str:
    return sys.stdin.read() if source == PIPE else source.read_text(encoding="utf-8")


def _is_export(read: Any) -> TypeGuard[dict[str, Any]]:
    return (
        isinstance(read, dict)
        and read.get("kind") == KIND
        and isinstance(read.get("format"), int)
        and isinstance(read.get("postmortems", {}), dict)
    )


def _postmortems(home: Home) -> dict[str, str]:
    found = sorted((home.path / "debriefs").glob("*.md"))
    return {path.name: path.read_text(encoding="utf-8") for path in found}


def _put_back(home: Home, name: str, text: str) -> list[Path]:
    path = home.path / "debriefs" / Path(name).name
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = []
    if path.exists() and path.read_text(encoding="utf-8") != text:
        kept.append(_keep(home, path.name, path.read_text(encoding="utf-8")))
    write_atomically(path, text)
    return kept


def _keep(home: Home, name: str, text: str) -> Path:
    folder = home.path / "backups"
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"{time.strftime('%Y%m%d-%H%M%S')}-{name}"
    for again in range(1000):
        place = folder / (f"{again}-{stem}" if again else stem)
        if not place.exists():
            write_atomically(place, text)
            return place
    raise Trouble(f"{folder} is full of copies of this second.", "./lab progress")
