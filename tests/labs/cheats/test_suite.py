"""The suite of cheats: each can be laid over every bugged workspace, and really changes it."""

import pytest

from labs.cheats.edits import destinations
from labs.cheats.suite import GENERAL, Cheat, cheats_of, lay_cheat
from labs.engine.catalogue import LabError, all_labs
from labs.engine.tree import content_hash, lay_variant


@pytest.mark.parametrize("folder", all_labs(), ids=lambda folder: folder.lab.slug)
def test_every_cheat_changes_the_workspace_with_the_bug_and_is_python(folder, tmp_path):
    lay_variant(folder, "bug", tmp_path / "bug")
    codes = {content_hash(tmp_path / "bug")}
    for cheat in cheats_of(folder):
        root = lay_cheat(folder, cheat, tmp_path / cheat.name)
        codes.add(content_hash(root))
        for path in root.rglob("*.py"):
            compile(path.read_bytes(), str(path), "exec", dont_inherit=True)

    assert len(codes) == len(cheats_of(folder)) + 1


def test_every_cheat_has_a_name_of_its_own_in_every_lab():
    for folder in all_labs():
        names = [cheat.name for cheat in cheats_of(folder)]
        assert len(names) == len(set(names))


def test_where_there_are_no_links_of_the_experiment_none_can_be_hard_coded():
    fits = {folder.lab.slug: _has(folder, "hard_coded") for folder in all_labs()}

    assert fits["stampede"]
    assert not fits["retry-storm"]


def test_links_are_only_made_up_where_the_load_makes_some():
    fits = {folder.lab.slug: _has(folder, "made_up_links") for folder in all_labs()}

    assert fits["pool-melt"]
    assert not fits["stampede"]


def test_destinations_are_where_the_links_lead_when_a_run_begins():
    stampede = next(folder for folder in all_labs() if folder.lab.slug == "stampede")

    assert destinations(stampede)["news07"] == "https://example.com/news/7"


def test_a_cheat_that_finds_nothing_to_edit_says_that_it_is_stale(folder, tmp_path, source):
    lay_variant(folder, "bug", tmp_path / "root", source)
    stale = next(cheat for cheat in GENERAL if cheat.name == "no_auth")
    (tmp_path / "root" / "services" / "shortener" / "auth").mkdir()
    (tmp_path / "root" / "services" / "shortener" / "auth" / "identity.py").write_text("x = 1\n")

    with pytest.raises(LabError, match="stale"):
        stale.edit(tmp_path / "root", folder)


def _has(folder, name):
    return any(isinstance(cheat, Cheat) and cheat.name == name for cheat in cheats_of(folder))
