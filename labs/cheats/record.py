"""What was rejected, kept in `labs/cheats/rejected.json`, and its table in `labs/README.md`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from labs.cheats.run import content
from labs.cheats.suite import cheats_of
from labs.engine import marked
from labs.engine.catalogue import CHECKOUT, LabFolder
from stack.home import write_atomically

RECORD = Path(__file__).with_name("rejected.json")
README = CHECKOUT / "labs" / "README.md"
MARKS = (
    "<!-- cheats: begin (./lab verify --cheats --table --write) -->",
    "<!-- cheats: end -->",
)


def read_record(path: Path = RECORD) -> dict[str, Any]:
    """Return what was rejected, by slug; nothing when there is no record yet."""
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except OSError:
        return {}


def keep(folder: LabFolder, found: Mapping[str, Any], path: Path = RECORD) -> bool:
    """Keep a table in which every cheat of the lab was run and rejected; whether it was kept."""
    rows = {row["cheat"]: row for row in found["rows"]}
    if found["mismatches"] or set(rows) != {cheat.name for cheat in cheats_of(folder)}:
        return False
    record = read_record(path)
    record[folder.lab.slug] = {
        "content": content(folder),
        "rejected": {
            name: {"by": list(row["broken"]), "sentence": row["sentence"]}
            for name, row in rows.items()
        },
    }
    write_atomically(path, json.dumps(record, indent=1, sort_keys=True) + "\n")
    return True


def cheat_table(folders: Sequence[LabFolder], record: Mapping[str, Any]) -> str:
    """Return the table as Markdown: a line per lab and cheat."""
    lines = ["| lab | a cheat | rejected by | what was given up |", "|---|---|---|---|"]
    for folder in folders:
        kept = record.get(folder.lab.slug)
        for number, cheat in enumerate(cheats_of(folder)):
            by, sentence = _seen(kept, cheat.name, cheat.caught_by, folder)
            lab = f"{folder.lab.number:02} {folder.lab.slug}" if number == 0 else ""
            lines.append(f"| {lab} | {cheat.says} | {by} | {sentence} |")
    return "\n".join(lines)


def _seen(
    kept: Mapping[str, Any] | None, name: str, meant: Sequence[str], folder: LabFolder
) -> tuple[str, str]:
    if kept is None or name not in kept["rejected"]:
        return "", "not yet"
    if kept["content"] != content(folder):
        return "", "changed since"
    row = kept["rejected"][name]
    ids = [one for one in row["by"] if one in meant] or row["by"]
    return ", ".join(f"`{one}`" for one in ids[:2]), row["sentence"].replace("|", "/")


def write_table(folders: Sequence[LabFolder], readme: Path = README) -> None:
    """Write the table of these labs into the README."""
    marked.write_table(readme, MARKS, cheat_table(folders, read_record()), "cheats")
