"""What was proven of each lab, kept in `labs/proven.json`, and the kill table made from it.

A record belongs to what decided the runs: the timeline, the claims and the patches of a lab. Texts
and titles are not in its hash, so a better sentence does not unprove anything; a moved threshold
does, and the table then says "changed since". The engine and the services move with every commit
and are not in it either: what guards those is one run of every lab in the tests of each change.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labs.engine import marked
from labs.engine.catalogue import CHECKOUT, LabFolder
from labs.engine.model import GUARD_PREFIX, Lab
from stack.home import write_atomically

RECORD = CHECKOUT / "labs" / "proven.json"
README = CHECKOUT / "labs" / "README.md"
MARKS = (
    "<!-- kill table: begin (./lab verify --table --write) -->",
    "<!-- kill table: end -->",
)

_RUN_BY = {"needs", "scale", "seed", "warm", "load", "fault", "action", "timeout_s", "recover_s"}
_BOUNDS = {"id", "measure", "of", "at_most", "at_least", "equals", "between", "min_samples"}


@dataclass(frozen=True, slots=True)
class Kill:
    """One wrong repair: the claim that rejects it, and how often that was seen."""

    lab: str
    repair: str
    claim: str
    says: str
    usual: bool
    seen: str


def content_key(folder: LabFolder) -> str:
    """Return a hash of everything in a lab that decides how a run of it ends."""
    lab = folder.lab
    decides = {
        "run": _run_by(lab),
        "claims": [c.model_dump(mode="json", include=_BOUNDS | {"stretch"}) for c in lab.claim],
        "fails_on": {name: wrong.fails_on for name, wrong in sorted(lab.wrong.items())},
    }
    digest = hashlib.sha256(json.dumps(decides, sort_keys=True).encode())
    patches = [path for path in folder.path.rglob("*.patch") if path.parent.name != "cheat"]
    for path in sorted([*patches, *folder.path.glob("claims.py")]):
        digest.update(str(path.relative_to(folder.path)).encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _run_by(lab: Lab) -> dict[str, Any]:
    """Return what makes the run; an option that a lab does not use is no part of its proof."""
    found = lab.model_dump(mode="json", include=_RUN_BY)
    for action in found["action"]:
        if not action["after_load"]:  # it came when labs had been proven without it
            del action["after_load"]
    return found


def read_record(path: Path = RECORD) -> dict[str, Any]:
    """Return what was proven, by slug; nothing when there is no record yet."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except OSError:
        return {}
    return dict(kept)


def keep(folder: LabFolder, found: Mapping[str, Any], path: Path = RECORD) -> bool:
    """Keep what a round saw of every variant of the lab, agreed or not; whether it was kept.

    A round that disagrees is kept as well: what failed once must not look proven. A round of some
    variants only is no round of the lab, and is not kept.
    """
    if {row["variant"] for row in found["variants"]} != set(folder.variants()):
        return False
    record = read_record(path)
    record[folder.lab.slug] = {
        "content": content_key(folder),
        "agreed": {
            row["variant"]: [row["agreed"], len(row["verdicts"])] for row in found["variants"]
        },
    }
    write_atomically(path, json.dumps(record, indent=1, sort_keys=True) + "\n")
    return True


def doubts(folder: LabFolder, record: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a lab's last whole round did not agree on, bug and right repairs included."""
    kept = record.get(folder.lab.slug)
    if kept is None or kept["content"] != content_key(folder):
        return
    for variant, (agreed, runs) in sorted(kept["agreed"].items()):
        if agreed < runs:
            yield f"{folder.lab.number:02} `{variant}`: {agreed} of {runs}"


def kills(folder: LabFolder, record: Mapping[str, Any]) -> Iterator[Kill]:
    """Yield a lab's wrong repairs, the usual answer first."""
    lab, kept = folder.lab, record.get(folder.lab.slug)
    says = {claim.id: claim.says for claim in lab.claim}
    changed = kept is not None and kept["content"] != content_key(folder)
    by_rank = sorted(lab.wrong.items(), key=lambda named: (not named[1].usual_answer, named[0]))
    for name, wrong in by_rank:
        if kept is None:
            seen = "not yet"
        elif changed:
            seen = "changed since"
        else:
            seen = "{} of {}".format(*kept["agreed"][f"wrong/{name}"])
        claim = says.get(wrong.fails_on, "the contract that every run guards")
        usual = wrong.usual_answer
        yield Kill(f"{lab.number:02} {lab.slug}", wrong.says, wrong.fails_on, claim, usual, seen)


def kill_table(folders: Sequence[LabFolder], record: Mapping[str, Any]) -> str:
    """Return the table as Markdown, lab by lab."""
    lines = [
        "| lab | a repair that people try | rejected by | seen |",
        "|---|---|---|---|",
    ]
    for folder in folders:
        for number, kill in enumerate(kills(folder, record)):
            repair = f"**{kill.repair}** (the usual answer)" if kill.usual else kill.repair
            lab = kill.lab if number == 0 else ""
            kind = "" if kill.claim.startswith(GUARD_PREFIX) else f": {kill.says}"
            lines.append(f"| {lab} | {repair} | `{kill.claim}`{kind} | {kill.seen} |")
    doubtful = [doubt for folder in folders for doubt in doubts(folder, record)]
    if doubtful:
        lines += ["", f"**Not as expected in the last round:** {'; '.join(doubtful)}."]
    return "\n".join(lines)


def write_table(folders: Sequence[LabFolder], readme: Path = README) -> None:
    """Write the table of these labs into the README."""
    marked.write_table(readme, MARKS, kill_table(folders, read_record()))
