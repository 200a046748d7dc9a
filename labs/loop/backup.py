"""Everything that a learner did and wrote as one file, and back again; nothing is overwritten.

A restore first keeps what was there (`$LAB_HOME/backups/`), and refuses what it cannot read whole.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from labs.engine.progress import Progress, ProgressFile
from stack.home import Home, write_atomically
from stack.trouble import Trouble

FORMAT = 1
KIND = "short-circuit-progress"


def export(home: Home, to: Path) -> None:
    """Write one file with the progress and the postmortems; an existing file is never replaced."""
    if to.exists():
        raise Trouble(f"{to} exists; nothing was written.", "./lab progress --export ANOTHER")
    document = {
        "kind": KIND,
        "format": FORMAT,
        "progress": ProgressFile(home).read().model_dump(),
        "postmortems": _postmortems(home),
    }
    try:
        write_atomically(to, json.dumps(document, indent=1) + "\n")
    except OSError as error:
        raise Trouble(f"{to} cannot be written: {error.strerror}.", "df -h .") from error


def restore(home: Home, source: Path) -> list[Path]:
    """Put an exported file back; return where what stood here before is kept."""
    document = _read(source)
    try:
        progress = Progress.model_validate(document["progress"])
    except (KeyError, ValidationError) as error:
        raise Trouble(f"{source} is damaged; nothing was changed.", "./lab progress") from error
    kept: list[Path] = []
    file = ProgressFile(home)
    if file.read() != Progress():
        kept.append(_keep(home, "progress.json", file.path.read_text(encoding="utf-8")))
    for name, text in document.get("postmortems", {}).items():
        kept += _put_back(home, str(name), str(text))
    file.replace(progress)
    return kept


def _read(source: Path) -> dict[str, Any]:
    try:
        read = json.loads(source.read_text(encoding="utf-8"))
    except OSError as error:
        raise Trouble(f"{source} cannot be read: {error.strerror}.", "ls") from error
    except ValueError as error:
        raise Trouble(f"{source} is not whole; nothing was changed.", "./lab progress") from error
    if not isinstance(read, dict) or read.get("kind") != KIND:
        raise Trouble(f"{source} is no export of `lab progress`.", "./lab progress --export FILE")
    if int(read.get("format", 0)) > FORMAT:
        raise Trouble(f"{source} was written by a newer version.", "git pull")
    return read


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
