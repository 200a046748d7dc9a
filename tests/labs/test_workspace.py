import pytest

from labs.engine.catalogue import LabError
from labs.engine.git import git
from labs.engine.tree import content_hash, lay_variant
from labs.engine.workspace import Workspace
from stack.trouble import Trouble

RESOLVE = "services/shortener/resolve.py"


@pytest.fixture
def workspace(home, folder, source) -> Workspace:
    workspace = Workspace.of(home)
    assert workspace.lay_out(folder, source) is None
    return workspace


def resolve_in(workspace):
    return workspace.path / RESOLVE


def kept_texts(workspace):
    return [path.read_text() for path in workspace.backups.rglob("resolve.py")]


def test_a_workspace_is_the_services_with_the_bug_in_one_commit(workspace):
    assert "broken" in resolve_in(workspace).read_text()
    assert git("log", "--format=%s", cwd=workspace.path).split("\n") == ["as deployed", ""]
    assert git("status", "--porcelain", cwd=workspace.path) == ""
    assert workspace.number() == 7


def test_nothing_in_the_workspace_names_the_lab_by_its_slug(workspace):
    texts = [path.read_text() for path in workspace.path.glob("*.md")]

    assert len(texts) == 2
    assert not any("sample" in text for text in texts)


def test_the_diff_has_edits_new_files_deleted_files_and_commits(workspace):
    resolve_in(workspace).write_text("a = 1\n")
    git("commit", "--quiet", "--all", "--message", "mine", cwd=workspace.path)
    (workspace.path / "services" / "new.py").write_text("x = 1\n")
    (workspace.path / "services" / "shortener" / "deploy.env").unlink()

    assert workspace.changed_files() == [
        "services/new.py",
        "services/shortener/deploy.env",
        RESOLVE,
    ]
    assert git("diff", "--cached", "--name-only", cwd=workspace.path) == ""


@pytest.mark.parametrize("how", ["edit", "new file", "commit taken back", "no repository"])
def test_work_is_never_lost_when_a_lab_is_started_over_it(workspace, folder, source, how):
    if how == "new file":
        (workspace.path / "services" / "resolve.py").write_text("mine")
    else:
        resolve_in(workspace).write_text("mine")
    if how == "commit taken back":
        git("commit", "--quiet", "--all", "--message", "mine", cwd=workspace.path)
        git("revert", "--no-edit", "HEAD", cwd=workspace.path)
    if how == "no repository":
        git("tag", "--delete", "as-deployed", cwd=workspace.path)
    assert workspace.has_unsaved_work()

    kept = workspace.lay_out(folder, source)

    assert kept is not None
    if how == "commit taken back":
        assert "mine" in git("log", "--format=%s", cwd=kept)
    else:
        assert "mine" in kept_texts(workspace)
    assert "broken" in resolve_in(workspace).read_text()


def test_two_copies_of_one_second_do_not_overwrite_each_other(workspace):
    for text in ("one", "two"):
        resolve_in(workspace).write_text(text)
        workspace.reset()

    assert sorted(kept_texts(workspace)) == ["one", "two"]


def test_a_stale_patch_leaves_the_workspace_as_it_was(workspace, folder, source):
    resolve_in(workspace).write_text("mine")
    (source / RESOLVE).write_text("something else\n")

    with pytest.raises(LabError, match="no longer applies") as caught:
        workspace.lay_out(folder, source)

    assert caught.value.try_next == "./lab rebase sample"
    assert resolve_in(workspace).read_text() == "mine"


def test_the_folder_stays_the_same_folder_for_a_shell_that_stands_in_it(workspace, folder, source):
    inode = workspace.path.stat().st_ino
    resolve_in(workspace).write_text("mine")
    workspace.lay_out(folder, source)
    workspace.reset()

    assert workspace.path.stat().st_ino == inode


def test_reset_puts_everything_back_and_removes_what_was_added(workspace):
    before = workspace.hash
    resolve_in(workspace).unlink()
    (workspace.path / "services" / "extra").mkdir()
    (workspace.path / "services" / "extra" / "new.py").write_text("x")
    assert workspace.hash != before

    kept = workspace.reset()

    assert workspace.hash == before
    assert not workspace.has_unsaved_work()
    assert kept is not None
    assert (kept / "services" / "extra" / "new.py").exists()


def test_one_deleted_file_comes_back_alone(workspace):
    deploy = workspace.path / "services" / "shortener" / "deploy.env"
    deploy.unlink()
    resolve_in(workspace).write_text("mine")

    workspace.reset_file("services/shortener/deploy.env")

    assert deploy.exists()
    assert resolve_in(workspace).read_text() == "mine"


def test_resetting_one_file_keeps_a_copy_and_takes_a_path_from_anywhere(workspace, monkeypatch):
    resolve_in(workspace).write_text("mine")
    monkeypatch.chdir(workspace.path / "services" / "shortener")

    kept = workspace.reset_file("resolve.py")

    assert kept is not None
    assert kept.read_text() == "mine"
    assert "broken" in resolve_in(workspace).read_text()


def test_a_file_that_was_not_deployed_is_answered_with_the_one_that_was(workspace):
    with pytest.raises(Trouble, match="was not deployed") as caught:
        workspace.reset_file("resolve.py")

    assert caught.value.try_next == f"./lab reset {RESOLVE}"


def test_without_a_lab_in_hand_the_next_command_is_the_list(home):
    with pytest.raises(Trouble, match="no lab is in hand") as caught:
        Workspace.of(home).diff()

    assert caught.value.try_next == "./lab list"


def test_a_half_laid_out_folder_does_not_count_as_a_workspace(workspace):
    (workspace.path / ".git" / "HEAD").unlink()

    assert not workspace.exists
    assert workspace.has_unsaved_work()


def test_every_variant_is_its_own_tree(folder, source, tmp_path):
    trees = {
        name: lay_variant(folder, name, tmp_path / "variants" / name, source)
        for name in folder.variants()
    }
    hashes = {name: content_hash(root) for name, root in trees.items()}

    assert len(set(hashes.values())) == 4
    assert hashes["reference"] == content_hash(source)


def test_the_hash_ignores_bytecode_and_sees_names(source):
    before = content_hash(source)
    cached = source / "services" / "__pycache__"
    cached.mkdir()
    (cached / "x.cpython-311.pyc").write_bytes(b"x")
    assert content_hash(source) == before

    (source / RESOLVE).rename(source / "services" / "shortener" / "renamed.py")
    assert content_hash(source) != before
