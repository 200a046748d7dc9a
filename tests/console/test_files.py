"""The workspace's files in a browser: found, read, saved, and nothing lost."""

import pytest

from labs.console import files
from labs.engine.workspace import Workspace
from stack.trouble import Trouble

NAME = "services/shortener/resolve.py"


@pytest.fixture
def workspace(tmp_path) -> Workspace:
    """A project of one file; its repository is never asked."""
    root = tmp_path / "workspace"
    (root / ".git").mkdir(parents=True)
    (root / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    (root / "services" / "shortener").mkdir(parents=True)
    (root / NAME).write_text("a = 1\n")
    (root / "secret.py").write_text("not yours\n")
    return Workspace(root, tmp_path / "backups")


def test_what_was_opened_is_saved(workspace):
    opened = files.opened(workspace, NAME)

    files.save(workspace, NAME, "a = 2\n", opened.mark)

    assert (workspace.path / NAME).read_text() == "a = 2\n"


def test_a_file_that_somebody_else_changed_meanwhile_is_not_overwritten(workspace):
    opened = files.opened(workspace, NAME)
    (workspace.path / NAME).write_text("theirs = 1\n")

    with pytest.raises(Trouble, match="changed elsewhere"):
        files.save(workspace, NAME, "mine = 1\n", opened.mark)

    assert (workspace.path / NAME).read_text() == "theirs = 1\n"


def test_a_save_after_a_save_starts_from_what_was_saved(workspace):
    first = files.save(workspace, NAME, "a = 2\n", files.opened(workspace, NAME).mark)

    files.save(workspace, NAME, "a = 3\n", first.mark)

    assert (workspace.path / NAME).read_text() == "a = 3\n"


@pytest.mark.parametrize(
    "name",
    ["secret.py", "../secret.py", "services/../secret.py", "/etc/passwd", "services/link/x.py"],
)
def test_nothing_outside_the_services_is_read_or_written(workspace, tmp_path, name):
    (workspace.path / "services" / "link").symlink_to(tmp_path)

    for reach in (files.opened, files.create):
        with pytest.raises(Trouble):
            reach(workspace, name)


def test_a_new_file_is_listed_and_never_replaces_one(workspace):
    made = files.create(workspace, "services/shortener/lease.py")

    assert made.name in files.listed(workspace)
    with pytest.raises(Trouble, match="there already"):
        files.create(workspace, NAME)
