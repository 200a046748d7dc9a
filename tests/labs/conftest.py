import subprocess
from pathlib import Path

import pytest
from lab_samples import write_lab

from labs.engine.catalogue import LabFolder
from stack.home import Home


@pytest.fixture
def source(tmp_path) -> Path:
    """A checkout with a service of two files."""
    root = tmp_path / "checkout"
    (root / "services" / "shortener").mkdir(parents=True)
    (root / "services" / "__init__.py").write_text("")
    (root / "services" / "shortener" / "resolve.py").write_text("a = 1\nb = 2\nc = 3\n")
    (root / "services" / "shortener" / "deploy.env").write_text("SHORTENER_POOL_SIZE=10\n")
    return root


def patch_of(root: Path, name: str, old: str, new: str) -> str:
    """The patch that changes `old` to `new` in one file below `root`."""
    before = (root / name).read_text()
    after = before.replace(old, new)
    assert before != after
    (root / ".before").write_text(before)
    (root / ".after").write_text(after)
    done = subprocess.run(
        ["diff", "-u", f"--label=a/{name}", f"--label=b/{name}", ".before", ".after"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    (root / ".before").unlink()
    (root / ".after").unlink()
    return done.stdout


@pytest.fixture
def folder(tmp_path, source) -> LabFolder:
    """The sample lab, with a bug and two repairs."""
    path = write_lab(tmp_path / "catalogue")
    resolve = "services/shortener/resolve.py"
    bug = patch_of(source, resolve, "b = 2", "b = 'broken'")
    (path / "bug.patch").write_text(bug)
    good = source / resolve
    broken = good.read_text().replace("b = 2", "b = 'broken'")
    kept = good.read_text()
    good.write_text(broken)
    for kind, name, value in (("right", "other", "1 + 1"), ("wrong", "popular", "3")):
        (path / kind).mkdir()
        text = patch_of(source, resolve, "'broken'", value)
        (path / kind / f"{name}.patch").write_text(text)
    good.write_text(kept)
    (path / "page.md").write_text("# Every two seconds\n\nIt is slow.\n")
    headings = ("Where to look", "What it shows", "Which pattern, and its trap", "The diff")
    hints = "".join(f"## {heading}\n\nLook, number {n}.\n\n" for n, heading in enumerate(headings))
    (path / "hints.md").write_text(hints)
    (path / "debrief.md").write_text("## What happened\n\nThings.\n")
    return LabFolder(path)


@pytest.fixture
def home(tmp_path, source) -> Home:
    return Home(tmp_path / "home", checkout=source).make()
