"""Trees of services: the reference copied, a lab's patches laid in, and what they hash to."""

from __future__ import annotations

import shutil
from pathlib import Path

from labs.engine.catalogue import CHECKOUT, LabError, LabFolder, shown
from labs.engine.git import GitError, git
from stack.deployment import code_hash

SERVICES = "services"
_SKIPPED = shutil.ignore_patterns("__pycache__", "*.pyc", ".mypy_cache", ".ruff_cache")


def content_hash(root: Path) -> str:
    """Return the hash that services report on /livez for the code below `root`."""
    return code_hash(root / SERVICES)


def lay_reference(root: Path, source: Path = CHECKOUT) -> None:
    """Copy the reference services to `root`, which becomes a folder that the stack can run."""
    root.mkdir(parents=True, exist_ok=True)
    shutil.copytree(source / SERVICES, root / SERVICES, ignore=_SKIPPED)


def apply_patch(root: Path, patch: Path) -> None:
    """Apply one patch; a stale one is told with what git said and how to reopen it."""
    try:
        git("apply", "--whitespace=nowarn", str(patch.resolve()), cwd=root)
    except GitError as error:
        said = str(error).splitlines()[0] if str(error) else "git apply refused"
        raise LabError(
            f"{shown(patch)} no longer applies: {said.removeprefix('error: ')}.",
            f"./lab rebase {_slug_of(patch)}",
        ) from error


def _slug_of(patch: Path) -> str:
    folder = patch.parent
    return folder.parent.name if folder.name in ("right", "wrong") else folder.name


def lay_variant(folder: LabFolder, variant: str, root: Path, source: Path = CHECKOUT) -> Path:
    """Build the tree of one variant afresh and return its root."""
    patches = folder.variants().get(variant)
    if patches is None:
        known = ", ".join(folder.variants())
        raise LabError(
            f"There is no variant {variant!r}; there are: {known}.", "./lab verify --help"
        )
    if root.exists():
        shutil.rmtree(root)
    lay_reference(root, source)
    for patch in patches:
        apply_patch(root, patch)
    return root


def variants_home(lab_home: Path, folder: LabFolder, variant: str) -> Path:
    """Where verify keeps the tree of one variant."""
    return lab_home / "variants" / folder.lab.slug / variant.replace("/", "-")
