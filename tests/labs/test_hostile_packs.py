"""A lab pack or an export from somebody else writes nowhere but in its own folder."""

import contextlib
import json

import pytest
from lab_samples import LAB_TOML, write_lab

from labs.engine.catalogue import LabError, read_lab
from labs.engine.tree import apply_patch
from labs.loop import backup
from stack.home import Home
from stack.trouble import Trouble

NEW_FILE = """diff --git a/{path} b/{path}
new file mode 100644
--- /dev/null
+++ b/{path}
@@ -0,0 +1 @@
+written by a stranger
"""
NEW_LINK = """diff --git a/{path} b/{path}
new file mode 120000
--- /dev/null
+++ b/{path}
@@ -0,0 +1 @@
+{to}
\\ No newline at end of file
"""


def everything_below(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


@pytest.fixture
def root(tmp_path):
    tree = tmp_path / "home" / "tree"
    tree.mkdir(parents=True)
    (tmp_path / "outside").mkdir()
    return tree


def try_patch(root, text):
    patch = root.parents[1] / "some.patch"
    patch.write_text(text)
    apply_patch(root, patch)


@pytest.mark.parametrize("path", ["../stranger.py", "services/../../stranger.py", ".git/hooks/x"])
def test_a_patch_that_leads_out_of_its_tree_is_refused_whole(root, path):
    before = everything_below(root.parents[1] / "home")

    with pytest.raises(LabError):
        try_patch(root, NEW_FILE.format(path="services/fine.py") + NEW_FILE.format(path=path))

    assert everything_below(root.parents[1] / "home") == before


def test_a_patch_with_an_absolute_path_stays_in_its_tree(root):
    outside = root.parents[1] / "outside" / "stranger.py"
    text = NEW_FILE.replace("a/{path}", "{path}").replace("b/{path}", "{path}")

    with contextlib.suppress(LabError):  # git reads the path as one below the tree
        try_patch(root, text.format(path=outside))

    assert not outside.exists()


def test_a_patch_does_not_write_through_a_link_that_it_made_itself(root):
    outside = root.parents[1] / "outside"
    link = NEW_LINK.format(path="services/door", to=outside)

    with pytest.raises(LabError):
        try_patch(root, link + NEW_FILE.format(path="services/door/stranger.py"))

    assert list(outside.iterdir()) == []


def test_a_patch_does_not_write_through_a_link_of_the_patch_before(root):
    outside = root.parents[1] / "outside"
    (root / "services").mkdir()
    (root / "services" / "door").symlink_to(outside)

    with pytest.raises(LabError):
        try_patch(root, NEW_FILE.format(path="services/door/stranger.py"))

    assert list(outside.iterdir()) == []


@pytest.mark.parametrize("slug", ["../sample", "/tmp/sample", "sample/..", ".."])
def test_a_slug_is_never_a_path(tmp_path, slug):
    text = LAB_TOML.replace('slug = "sample"', f'slug = "{slug}"', 1)

    with pytest.raises(LabError):
        read_lab(write_lab(tmp_path, text) / "lab.toml")


@pytest.mark.parametrize("name", ["../../a.md", "TOP/a.md", "..", "a/../../b.md", "."])
def test_an_export_puts_postmortems_into_their_folder_and_nowhere_else(tmp_path, name):
    home = Home(tmp_path / "deep" / "home").make()
    export = tmp_path / "export.json"
    backup.export(home, export)
    hostile = {name.replace("TOP", str(tmp_path)): "by a stranger"}
    document = json.loads(export.read_text()) | {"postmortems": hostile}
    export.write_text(json.dumps(document))
    before = set(everything_below(tmp_path))

    with contextlib.suppress(Trouble, OSError):  # refused is as good as put into the folder
        backup.restore(home, export)

    new = set(everything_below(tmp_path)) - before
    assert {path for path in new if not path.startswith("deep/home/")} == set()
    written = [path for path in new if path.endswith(".md")]
    assert all(path.startswith("deep/home/debriefs/") for path in written)
