import pytest

from labs.engine import authoring
from labs.engine.catalogue import LabError, LabFolder
from labs.engine.content import complaints
from labs.engine.measures import BUILT_IN
from labs.loop import ours

RESOLVE = "services/shortener/resolve.py"


@pytest.fixture(autouse=True)
def _from_the_sample(source, monkeypatch):
    lay = authoring.lay_reference
    monkeypatch.setattr(authoring, "lay_reference", lambda root: lay(root, source))
    of_all = authoring.lay_variant
    monkeypatch.setattr(authoring, "lay_variant", lambda *one: of_all(*one, source))


@pytest.mark.parametrize("variant", ["bug", "right/other", "wrong/popular"])
def test_a_variant_that_is_reopened_and_written_back_is_the_same(folder, tmp_path, variant):
    patch = authoring.patch_of(folder, variant)
    before = [line for line in patch.read_text().splitlines() if line[:1] in "+-"]
    root = tmp_path / "open"

    assert authoring.reopen(folder, variant, root) == []
    assert authoring.write_back(folder, variant, root) == patch

    assert [line for line in patch.read_text().splitlines() if line[:1] in "+-"] == before


def test_a_new_repair_begins_at_the_bug(folder, tmp_path):
    root = tmp_path / "open"
    authoring.reopen(folder, "right/mine", root)
    resolve = root / RESOLVE
    assert "broken" in resolve.read_text()
    resolve.write_text(resolve.read_text().replace("'broken'", "2"))

    patch = authoring.write_back(folder, "right/mine", root)

    assert patch == folder.path / "right" / "mine.patch"
    assert "+b = 2" in patch.read_text()


def test_a_patch_that_does_not_fit_is_opened_with_what_was_refused(folder, source, tmp_path):
    (source / RESOLVE).write_text("everything is different\n")
    root = tmp_path / "open"

    assert authoring.reopen(folder, "bug", root) == [f"{RESOLVE}.rej"]
    with pytest.raises(LabError, match="is still there"):
        authoring.write_back(folder, "bug", root)


def test_a_scaffold_is_readable_and_names_everything_that_is_missing(tmp_path, source):
    folder = authoring.scaffold("hot-row", "database", tmp_path)

    assert folder.lab.number == 1
    assert (folder.lab.slug, folder.lab.module) == ("hot-row", "database")
    told = "\n".join(complaints(folder, source))
    assert "bug.patch is missing" in told
    assert "wrong/ has 0 patches" in told
    for name in ("lab.toml", "page.md", "hints.md", "debrief.md"):
        assert f"{name} has `...` where you write" in told


def test_what_an_author_wrote_is_no_gap_and_what_is_left_is_named_by_line(tmp_path, source):
    folder = authoring.scaffold("hot-row", "database", tmp_path)
    page = folder.path / "page.md"
    page.write_text(page.read_text().replace("# ...", "# It waits ... and waits", 1))

    told = next(one for one in complaints(folder, source) if "page.md has `...`" in one)

    assert told.endswith("line 3, 9, 13, 18")


def test_a_lab_without_predictions_diagnosis_or_cards_is_not_complete(tmp_path, source):
    folder = authoring.scaffold("hot-row", "database", tmp_path)
    toml, debrief = folder.path / "lab.toml", folder.path / "debrief.md"
    text = toml.read_text()
    head = text[: text.index("[[prediction]]")] + text[text.index("[right.another]") :]
    toml.write_text(head)
    debrief.write_text(debrief.read_text().replace("**A second question?** ", ""))

    told = "\n".join(complaints(LabFolder(folder.path), source))

    assert 'no [[prediction]] with when = "break"' in told
    assert 'no [[prediction]] with when = "check"' in told
    assert "has no [diagnosis]" in told
    assert "debrief.md has 2 interview questions" in told


def test_measures_are_listed_with_what_they_take_and_say():
    one = BUILT_IN["statement_calls"]

    assert one.takes == ["statement", "phase?"]
    assert all(measure.says.endswith(".") for measure in BUILT_IN.values())


def test_a_lab_is_never_scaffolded_over_another(folder, tmp_path):
    with pytest.raises(LabError, match="There is a lab sample already"):
        authoring.scaffold("sample", "database", folder.path.parents[1])


def test_a_new_lab_s_debrief_has_every_heading_that_the_evenings_look_for(tmp_path):
    made = authoring.scaffold("sample-new", "caching", tmp_path)

    assert len(ours.cards(made)) == 3
    assert ours.transfer(made)
    assert all(ours.beside(made).values())


def test_a_module_that_is_nearly_another_is_asked_about():
    assert authoring.module_named("caching", "hot-row") == "caching"
    assert authoring.module_named("billing", "hot-row") == "billing"
    with pytest.raises(LabError, match="the nearest is caching") as told:
        authoring.module_named("cachng", "hot-row")
    assert told.value.try_next == "./lab new hot-row --module caching"


def test_a_changed_bug_names_the_repairs_that_no_longer_fit(folder):
    assert authoring.unfitting(folder) == []

    patch = folder.path / "wrong" / "popular.patch"
    patch.write_text(patch.read_text().replace("-b = 'broken'", "-b = 'mended'"))

    assert authoring.unfitting(folder) == ["wrong/popular"]


def test_a_variant_without_its_kind_is_answered_with_the_command_to_type(folder):
    with pytest.raises(LabError) as told:
        authoring.patch_of(folder, "popular")

    assert told.value.try_next == f"./lab rebase {folder.path.name} right/popular"
