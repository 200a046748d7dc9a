"""An author's two tools: the scaffold of a lab, and a variant reopened as a tree to edit."""

from __future__ import annotations

import difflib
import shutil
import tempfile
from pathlib import Path

from labs.engine.catalogue import CATALOGUE, LabError, LabFolder, all_labs
from labs.engine.git import GitError, git
from labs.engine.tree import apply_patch, lay_reference, lay_variant

_HERE = Path(__file__).parent / "scaffold"  # the files of a new lab, `...` where an author writes


def scaffold(slug: str, module: str, root: Path = CATALOGUE) -> LabFolder:
    """Write a lab that the engine can read and that `./lab verify` finds everything missing in."""
    folder = root / module / slug
    if folder.exists() or any(other.path.name == slug for other in all_labs(root)):
        raise LabError(f"There is a lab {slug} already.", f"./lab verify {slug}")
    number = max((other.lab.number for other in all_labs(root)), default=0) + 1
    for kind in ("right", "wrong"):
        (folder / kind).mkdir(parents=True)
    for draft in sorted(_HERE.iterdir()):
        text = draft.read_text(encoding="utf-8")
        for key, value in (("NUMBER", str(number)), ("SLUG", slug), ("MODULE", module)):
            text = text.replace(f"<{key}>", value)
        (folder / draft.name).write_text(text, encoding="utf-8")
    return LabFolder(folder)


def patch_of(folder: LabFolder, variant: str) -> Path:
    """Return the patch that makes a variant; it need not be there yet."""
    kind, _, name = variant.partition("/")
    if kind == "bug" and not name:
        return folder.bug
    if kind in ("right", "wrong") and name:
        return folder.path / kind / f"{name}.patch"
    again = f"./lab rebase {folder.path.name} right/{name or kind}"
    raise LabError(f"{variant!r} is no variant with a patch.", again)


def reopen(folder: LabFolder, variant: str, root: Path) -> list[str]:
    """Lay a variant out to edit, on a commit of what its patch is against.

    Returns the files where the patch did not fit: beside each lies what was refused (`.rej`).
    """
    patch = patch_of(folder, variant)
    if root.exists():
        shutil.rmtree(root)
    lay_reference(root)
    if variant != "bug":
        apply_patch(root, folder.bug)
    (root / ".gitignore").write_text("*.rej\n__pycache__/\n")
    git("init", "--quiet", cwd=root)
    git("add", "--all", "--force", cwd=root)
    git("commit", "--quiet", "--message", f"before {variant}", cwd=root)
    if patch.exists():
        try:
            git("apply", "--reject", "-C1", "--recount", str(patch.resolve()), cwd=root)
        except GitError:
            return sorted(str(path.relative_to(root)) for path in root.rglob("*.rej"))
    return []


def write_back(folder: LabFolder, variant: str, root: Path) -> Path:
    """Write the patch from a tree that was reopened."""
    if not (root / ".git").exists():
        raise LabError(f"{variant} is not open.", f"./lab rebase {folder.path.name} {variant}")
    left = sorted(root.rglob("*.rej"))
    if left:
        where = left[0].relative_to(root)
        raise LabError(
            f"{where} is still there: lay it in by hand, then remove it.", f"rm {left[0]}"
        )
    git("add", "--all", cwd=root)
    text = git("diff", "--cached", "--no-color", "HEAD", "--", "services", cwd=root)
    if not text:
        raise LabError(
            f"Nothing was changed in {root}.", f"./lab rebase {folder.path.name} {variant}"
        )
    patch = patch_of(folder, variant)
    patch.parent.mkdir(parents=True, exist_ok=True)
    patch.write_text(text)
    shutil.rmtree(root)
    return patch


def unfitting(folder: LabFolder) -> list[str]:
    """Return the repairs whose patches do not fit the bug as it is now."""
    repairs = [name for name in folder.variants() if "/" in name]
    with tempfile.TemporaryDirectory() as scratch:
        return [name for name in repairs if not _fits(folder, name, Path(scratch) / name)]


def _fits(folder: LabFolder, variant: str, root: Path) -> bool:
    if not patch_of(folder, variant).exists():
        return True  # not written yet
    try:
        lay_variant(folder, variant, root)
    except LabError:
        return False
    return True


def module_named(module: str, slug: str, root: Path = CATALOGUE) -> str:
    """Return a module's name; LabError when it is nearly that of one which is there."""
    there = sorted(path.name for path in root.iterdir() if path.is_dir())
    near = difflib.get_close_matches(module, there, n=1, cutoff=0.75)
    if module in there or not near:
        return module
    again = f"./lab new {slug} --module {near[0]}"
    raise LabError(f"There is no module {module}; the nearest is {near[0]}.", again)


def opened(lab_home: Path, folder: LabFolder, variant: str) -> Path:
    """Return where a variant is opened."""
    return lab_home / "rebase" / folder.path.name / variant.replace("/", "-")
