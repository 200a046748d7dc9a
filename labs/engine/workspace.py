"""The learner's project: made from a lab, compared with its start, put back; never lost.

The folder keeps its inode when a lab is started or reset, so that a shell or an editor that stands
in it does not end up in the copy that was put aside.
"""

from __future__ import annotations

import difflib
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from labs.engine.catalogue import CHECKOUT, LabFolder
from labs.engine.git import GitError, git
from labs.engine.letters import agents_md, readme_md
from labs.engine.tree import apply_patch, content_hash, lay_reference
from stack.home import Home
from stack.trouble import Trouble

START = "as-deployed"
_IGNORED = "__pycache__/\n*.pyc\n"


@dataclass(frozen=True)
class Workspace:
    """The folder `workspace/` of one LAB_HOME."""

    path: Path
    backups: Path

    @classmethod
    def of(cls, home: Home) -> Workspace:
        """Return the workspace that belongs to a home."""
        return cls(home.workspace, home.path / "backups")

    @property
    def exists(self) -> bool:
        """Whether a lab was laid out here completely (the repository is moved in last)."""
        return (self.path / ".git" / "HEAD").is_file()

    @property
    def hash(self) -> str:
        """The content hash of what the stack would run."""
        return content_hash(self.path)

    def number(self) -> int | None:
        """Return the number of the lab that was laid out here."""
        try:
            return int((self.path / ".git" / "lab-number").read_text())
        except (OSError, ValueError):
            return None

    def need(self) -> None:
        """Refuse to go on without a workspace."""
        if not self.exists:
            raise Trouble("There is no workspace: no lab is in hand.", "./lab list")

    def diff(self, *, files_only: bool = False) -> str:
        """Return what changed since the start: edits, new and deleted files, commits included."""
        self.need()
        with tempfile.TemporaryDirectory() as scratch:
            # A scratch index: the learner's own staging stays as it is.
            index = Path(scratch) / "index"
            git("read-tree", START, cwd=self.path, index=index)
            git("add", "--all", cwd=self.path, index=index)
            how = ["--name-only"] if files_only else ["--no-color"]
            return git("diff", "--cached", *how, START, cwd=self.path, index=index)

    def changed_files(self) -> list[str]:
        """Return the paths that differ from the start."""
        return self.diff(files_only=True).splitlines()

    def has_unsaved_work(self) -> bool:
        """Whether anything here would be lost if the folder were laid out again."""
        if not self.path.exists() or not any(self.path.iterdir()):
            return False
        if not self.exists:
            return True
        try:
            committed = git("rev-list", "--all", "--not", START, cwd=self.path)
            return bool(committed.strip() or self.changed_files())
        except GitError:
            return True

    def lay_out(self, folder: LabFolder, source: Path = CHECKOUT) -> Path | None:
        """Make this the project of one lab; what was here is copied aside and its path returned."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".workspace-", dir=self.path.parent) as made:
            draft = Path(made) / "new"
            self._build(draft, folder, source)
            kept = self.keep_copy() if self.has_unsaved_work() else None
            self._replace_with(draft)
        return kept

    def _build(self, draft: Path, folder: LabFolder, source: Path) -> None:
        lay_reference(draft, source)
        apply_patch(draft, folder.bug)
        lab = folder.lab
        (draft / "README.md").write_text(readme_md(lab.number, lab.title), encoding="utf-8")
        (draft / "AGENTS.md").write_text(agents_md(lab.number, lab.title), encoding="utf-8")
        (draft / ".gitignore").write_text(_IGNORED)
        git("init", "--quiet", cwd=draft)
        git("add", "--all", "--force", cwd=draft)
        git("commit", "--quiet", "--message", "as deployed", cwd=draft)
        git("tag", START, cwd=draft)
        (draft / ".git" / "lab-number").write_text(str(lab.number))

    def _replace_with(self, draft: Path) -> None:
        """Empty the folder and move the draft in; `.git` goes first and comes last."""
        self.path.mkdir(exist_ok=True)
        old = sorted(self.path.iterdir(), key=lambda path: path.name != ".git")
        for entry in old:
            _remove(entry)
        for entry in sorted(draft.iterdir(), key=lambda path: path.name == ".git"):
            shutil.move(str(entry), str(self.path / entry.name))

    def keep_copy(self) -> Path:
        """Copy the whole folder to the backups and return where."""
        target = self._backup_place()
        shutil.copytree(self.path, target, symlinks=True)
        return target

    def reset(self) -> Path | None:
        """Put every file back as deployed; unsaved work is copied aside first."""
        self.need()
        kept = self.keep_copy() if self.has_unsaved_work() else None
        git("checkout", "--quiet", "--force", "-B", "main", START, cwd=self.path)
        git("clean", "--quiet", "-d", "--force", cwd=self.path)
        return kept

    def reset_file(self, wanted: str) -> Path | None:
        """Put one file back as deployed; what it was is copied aside first."""
        self.need()
        name = self._known_file(wanted)
        target = self.path / name
        kept = None
        if target.is_file():
            kept = self._backup_place() / name
            kept.parent.mkdir(parents=True)
            shutil.copy2(target, kept)
        elif target.exists():
            kept = self.keep_copy()
            _remove(target)
        git("checkout", "--quiet", START, "--", name, cwd=self.path)
        return kept

    def _known_file(self, wanted: str) -> str:
        files = git("ls-tree", "-r", "--name-only", START, cwd=self.path).splitlines()
        here = self.path.resolve()
        for candidate in (Path(wanted).absolute(), here / wanted):
            resolved = candidate.parent.resolve() / candidate.name
            if resolved.is_relative_to(here) and resolved.relative_to(here).as_posix() in files:
                return resolved.relative_to(here).as_posix()
        same_name = [name for name in files if Path(name).name == Path(wanted).name]
        near = same_name or difflib.get_close_matches(wanted, files, n=1)
        if near:
            raise Trouble(f"{wanted} was not deployed; {near[0]} was.", f"./lab reset {near[0]}")
        raise Trouble(f"{wanted} was not deployed.", "./lab diff")

    def _backup_place(self) -> Path:
        self.backups.mkdir(parents=True, exist_ok=True)
        stamp = time.strftime("%Y%m%d-%H%M%S")
        number = self.number()
        name = f"{stamp}-lab-{number:02}" if number is not None else f"{stamp}-workspace"
        for again in range(1000):
            place = self.backups / (f"{name}-{again}" if again else name)
            if not place.exists():
                return place
        raise Trouble(f"{self.backups} is full of copies of this second.", "./lab reset")


def _remove(entry: Path) -> None:
    if entry.is_dir() and not entry.is_symlink():
        shutil.rmtree(entry)
    else:
        entry.unlink()
