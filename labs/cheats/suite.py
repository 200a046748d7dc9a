"""Every cheat there is: the general ones as a table, and those that a lab brings as patches.

`caught_by` names the claim or guard that must be among those that reject it: a cheat that is only
rejected because the bug is still in there proves nothing about the guard that is meant for it. It
is empty where a cheat leaves the contract alone and the lab's own claims have to see through it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from labs.cheats import edits
from labs.cheats.edits import Edit
from labs.engine.catalogue import LabFolder
from labs.engine.model import Lab
from labs.engine.tree import apply_patch, lay_variant

CREATORS = {"creator", "create_then_follow"}


@dataclass(frozen=True, slots=True)
class Cheat:
    """One way to look repaired without a repair."""

    name: str
    says: str
    edit: Edit
    caught_by: tuple[str, ...] = ()  # one of these must be broken; none: whatever rejects it
    fits: Callable[[Lab], bool] = lambda _lab: True


GENERAL = (
    Cheat(
        "delete_the_file",
        "delete the files that the bug stands in",
        edits.delete_the_broken_files,
        ("starts", "steady"),
    ),
    Cheat("delete_the_route", "delete the route", edits.delete_the_route, ("steady",)),
    Cheat(
        "ok_to_everything",
        "answer 200 to everything",
        edits.plant("ok_to_everything"),
        ("steady",),
    ),
    Cheat(
        "known_by_their_traces",
        "recognise the load by its traces, answer it from memory",
        edits.plant("known_by_their_traces"),
    ),
    Cheat(
        "made_up_links",
        "recognise the load by its traces, say 201 and make no link",
        edits.plant("made_up_links"),
        ("guard.links",),
        lambda lab: any(phase.user in CREATORS for phase in lab.load),
    ),
    Cheat(
        "hard_coded",
        "hard-code where the links of the experiment lead",
        edits.plant("hard_coded"),
        ("guard.edit",),
        lambda lab: bool(lab.seed.link),
    ),
    Cheat(
        "nothing_ever_fails",
        "swallow every error",
        edits.plant("nothing_ever_fails"),
        ("guard.unknown",),
    ),
    Cheat("one_at_a_time", "sleep until nobody meets anybody", edits.plant("one_at_a_time")),
    Cheat("painted_metrics", "patch the metrics", edits.paint_the_metrics),
    Cheat("no_auth", "let anybody in", edits.let_anybody_in, ("guard.auth",)),
    Cheat("every_limit_raised", "raise every limit", edits.raise_every_limit),
)


def cheats_of(folder: LabFolder) -> tuple[Cheat, ...]:
    """Return the cheats of a lab: the general ones that make sense here, and its own."""
    own = (
        Cheat(name, cheat.says, _patched(path), (cheat.fails_on,))
        for name, cheat in sorted(folder.lab.cheat.items())
        for path in (folder.path / "cheat" / f"{name}.patch",)
    )
    return (*(cheat for cheat in GENERAL if cheat.fits(folder.lab)), *own)


def lay_cheat(folder: LabFolder, cheat: Cheat, root: Path) -> Path:
    """Build the workspace that cheats: as deployed, with the bug, and the cheat on top."""
    lay_variant(folder, "bug", root)
    cheat.edit(root, folder)
    return root


def _patched(path: Path) -> Edit:
    return lambda root, _folder: apply_patch(root, path)
