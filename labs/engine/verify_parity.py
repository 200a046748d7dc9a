"""Does a lab say the same embedded and in containers? What was run of both, and the table of it.

`labs/parity.json` keeps, by lab, variant and side, the verdicts and the claims that broke. Like
`proven.json` it belongs to what decided the runs: a record of other content counts as not run.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labs.engine import marked
from labs.engine.catalogue import CHECKOUT, LabFolder
from labs.engine.verify import expected
from labs.engine.verify_proof import README, content_key
from stack.home import write_atomically

RECORD = CHECKOUT / "labs" / "parity.json"
MARKS = (
    "<!-- parity table: begin (./lab parity --table --write) -->",
    "<!-- parity table: end -->",
)
EMBEDDED, COMPOSE = SIDES = ("embedded", "compose")
NOT_RUN, UNSURE = "not run", "INCONCLUSIVE"
Runs = Sequence[Mapping[str, Any]]  # of one variant on one side: verdict, broken


@dataclass(frozen=True, slots=True)
class Pair:
    """One variant of one lab on both sides, as the table shows it."""

    lab: str
    variant: str
    wanted: str
    embedded: str
    compose: str
    same: bool | None  # None: nothing to compare

    @property
    def answer(self) -> str:
        """Whether the two agree, in a word."""
        return {True: "yes", False: "**NO**", None: "not compared"}[self.same]


def keep(folder: LabFolder, side: str, found: Mapping[str, Any], path: Path = RECORD) -> None:
    """Keep what `lab verify --json` found on one side; variants that were not run stay as kept."""
    record = read_record(path)
    kept = _kept(folder, record)
    runs: dict[str, list[dict[str, Any]]] = {}
    for row in found["rows"]:
        runs.setdefault(row["variant"], []).append(
            {"verdict": row["verdict"], "broken": sorted(row["broken"]), "why": row["why"]}
        )
    sides = {one: dict(kept.get(one, {})) for one in SIDES}
    sides[side].update(runs)
    record[folder.lab.slug] = {"content": content_key(folder), **sides}
    write_atomically(path, json.dumps(record, indent=1, sort_keys=True) + "\n")


def read_record(path: Path = RECORD) -> dict[str, Any]:
    """Return what was run, by slug; nothing when there is no record yet."""
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except OSError:
        return {}


def pairs(folder: LabFolder, record: Mapping[str, Any]) -> Iterator[Pair]:
    """Yield the variants of a lab, each with what it got on either side."""
    lab, kept = folder.lab, _kept(folder, record)
    for variant in folder.variants():
        ran = {side: kept.get(side, {}).get(variant, ()) for side in SIDES}
        wanted = expected(lab, variant)
        yield Pair(
            f"{lab.number:02} {lab.slug}",
            variant,
            str(wanted),
            _told(ran[EMBEDDED], wanted.fails_on),
            _told(ran[COMPOSE], wanted.fails_on),
            _same(ran[EMBEDDED], ran[COMPOSE], wanted.fails_on),
        )


def differences(folders: Iterable[LabFolder], record: Mapping[str, Any]) -> list[Pair]:
    """Return the variants on which the two sides disagree."""
    return [pair for folder in folders for pair in pairs(folder, record) if pair.same is False]


def parity_table(folders: Sequence[LabFolder], record: Mapping[str, Any]) -> str:
    """Return the table as Markdown, lab by lab, and how much of it was compared at all."""
    every = [pair for folder in folders for pair in pairs(folder, record)]
    compared = [pair for pair in every if pair.same is not None]
    agree = sum(pair.same is True for pair in compared)
    lines = [
        f"{len(compared)} of {len(every)} variants were compared, {agree} of them agree.",
        "",
        "| lab | variant | must be | embedded | compose | the same |",
        "|---|---|---|---|---|---|",
    ]
    last = ""
    for pair in every:
        lab = "" if pair.lab == last else pair.lab
        last = pair.lab
        cells = (lab, f"`{pair.variant}`", pair.wanted, pair.embedded, pair.compose, pair.answer)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def write_table(folders: Sequence[LabFolder], readme: Path = README) -> None:
    """Write the table of these labs into the README."""
    marked.write_table(readme, MARKS, parity_table(folders, read_record()))


def _kept(folder: LabFolder, record: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what is kept of a lab as it stands now; what was run of another one does not count."""
    kept: Mapping[str, Any] = record.get(folder.lab.slug, {})
    return kept if kept.get("content") == content_key(folder) else {}


def _told(runs: Runs, fails_on: str) -> str:
    """Say the verdicts in a cell; of a wrong repair also whether its own claim rejected it."""
    if not runs:
        return NOT_RUN
    told: list[str] = []
    for verdict, by_its_own in (_outcome(run, fails_on) for run in runs):
        other = " (by another claim)" if verdict == "FAIL" and not by_its_own else ""
        told.append(verdict + other)
    counted = [f"{told.count(one)} {one}" if len(told) > 1 else one for one in dict.fromkeys(told)]
    return ", ".join(counted)


def _same(embedded: Runs, compose: Runs, fails_on: str) -> bool | None:
    """Compare every run that could be judged; None when a side has none."""
    sides = [
        {_outcome(run, fails_on) for run in runs if run["verdict"] != UNSURE}
        for runs in (embedded, compose)
    ]
    return len(set.union(*sides)) == 1 if all(sides) else None


def _outcome(run: Mapping[str, Any], fails_on: str) -> tuple[str, bool]:
    return str(run["verdict"]), not fails_on or fails_on in run["broken"]
