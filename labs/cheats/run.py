"""Runs cheats through the real grader, one row each; what was made can be taken up again."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from labs.cheats.suite import Cheat, cheats_of, lay_cheat
from labs.cheats.table import Caught, given_up
from labs.engine.catalogue import LabError, LabFolder
from labs.engine.experiment import Experiment
from labs.engine.progress_file import ProgressFile
from labs.engine.rerun import run_until_sure
from labs.engine.runs import forget_old
from labs.engine.tree import content_hash
from labs.engine.verify_proof import content_key
from stack.home import CHECKOUT, Home, write_atomically

OWN = Path(__file__).parent


def content(folder: LabFolder) -> str:
    """Return a hash of what decides these runs: the lab, its own cheats, and the suite."""
    digest = hashlib.sha256(content_key(folder).encode())
    for path in sorted([*OWN.rglob("*.py"), *(folder.path / "cheat").glob("*.patch")]):
        if path.name not in ("record.py", "table.py", "run.py"):
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


class Kept:
    """The rows of one lab so far, on disk after each run."""

    def __init__(self, home: Home, folder: LabFolder, *, resume: bool) -> None:
        self.path = home.path / "verify" / f"{folder.lab.slug}.cheats.json"
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.key = content(folder) + content_hash(CHECKOUT)
        self.rows: list[Caught] = self._read() if resume else []

    def _read(self) -> list[Caught]:
        try:
            kept = json.loads(self.path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return []
        rows = kept["rows"] if kept.get("key") == self.key else []
        rows = [Caught(**{**row, "broken": tuple(row["broken"])}) for row in rows]
        return [row for row in rows if row.verdict != "INCONCLUSIVE"]

    def add(self, row: Caught) -> None:
        """Keep one more row."""
        self.rows.append(row)
        kept = {"key": self.key, "rows": [asdict(one) for one in self.rows]}
        write_atomically(self.path, json.dumps(kept) + "\n")


def chosen(folder: LabFolder, wanted: Sequence[str]) -> list[Cheat]:
    """Return the cheats of a lab with these names, or all."""
    cheats = cheats_of(folder)
    known = [cheat.name for cheat in cheats]
    for name in wanted:
        if name not in known:
            said = f"{folder.lab.slug} has no cheat {name!r}; there are: {', '.join(known)}."
            raise LabError(said, f"./lab verify {folder.lab.slug} --cheats")
    return [cheat for cheat in cheats if not wanted or cheat.name in wanted]


def run_all(
    home: Home, folder: LabFolder, cheats: Sequence[Cheat], kept: Kept
) -> Iterator[tuple[Cheat, Caught]]:
    """Yield each cheat with its row, those of an earlier evening first."""
    there = {row.cheat: row for row in kept.rows}
    for cheat in cheats:
        if cheat.name in there:
            yield cheat, there[cheat.name]
    for cheat in cheats:
        if cheat.name not in there:
            row = _judged(home, folder, cheat)
            kept.add(row)
            yield cheat, row


def _judged(home: Home, folder: LabFolder, cheat: Cheat) -> Caught:
    began_s = time.monotonic()
    root = home.path / "variants" / folder.lab.slug / f"cheat-{cheat.name}"
    lay_cheat(folder, cheat, root)
    verdict, run = run_until_sure(
        Experiment(home, folder, root, f"cheat/{cheat.name}"), lambda _said: None
    )
    forget_old(home, pinned=ProgressFile(home).read().pinned_runs())
    return Caught(
        cheat=cheat.name,
        says=cheat.says,
        verdict=verdict.verdict.value,
        broken=tuple(result.id for result in verdict.broken),
        sentence=given_up(cheat, verdict.broken),
        seconds=round(time.monotonic() - began_s, 1),
        run=run.name,
        why=verdict.why.splitlines()[0] if verdict.why else "",
    )
