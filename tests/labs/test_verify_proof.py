import json
from dataclasses import replace

import pytest

from labs.engine.catalogue import LabFolder, all_labs
from labs.engine.marked import with_table
from labs.engine.verify import Row, table
from labs.engine.verify_proof import (
    MARKS,
    README,
    content_key,
    keep,
    kill_table,
    read_record,
    write_table,
)

BEGIN, END = MARKS


def agreeing(folder):
    broken = {"bug": ("slowest",), "wrong/popular": ("answered",)}
    return [
        Row(name, 1, "FAIL" if name in broken else "PASS", broken.get(name, ()), 10.0)
        for name in folder.variants()
    ]


def proven(folder, rows, record):
    return keep(folder, table(folder.lab, list(folder.variants()), rows, 1), record)


def test_the_table_in_the_readme_is_that_of_the_labs():
    text = README.read_text()

    assert text == with_table(text, MARKS, kill_table(all_labs(), read_record())), (
        "./lab verify --table --write"
    )


def test_every_lab_names_the_usual_answer():
    for folder in all_labs():
        assert any(wrong.usual_answer for wrong in folder.lab.wrong.values()), folder.lab.slug


def test_a_repair_that_was_not_run_is_not_said_to_be_rejected(folder, tmp_path):
    assert "| `answered`: everybody is answered | not yet |" in kill_table([folder], {})


def test_a_table_that_agrees_is_kept_and_shown(folder, tmp_path):
    record = tmp_path / "proven.json"

    assert proven(folder, agreeing(folder), record)

    shown = kill_table([folder], read_record(record))
    assert "**what people try** (the usual answer) | `answered`: everybody" in shown
    assert "| 1 of 1 |" in shown


@pytest.mark.parametrize(
    ("old", "new"), [("at_least = 0.99", "at_least = 0.5"), ("rps = 100", "rps = 10")]
)
def test_a_lab_whose_runs_would_differ_is_no_longer_proven(folder, tmp_path, old, new):
    record = tmp_path / "proven.json"
    proven(folder, agreeing(folder), record)
    toml = folder.path / "lab.toml"
    toml.write_text(toml.read_text().replace(old, new))

    shown = kill_table([LabFolder(folder.path)], read_record(record))

    assert "| changed since |" in shown


def test_a_patch_that_was_edited_is_no_longer_proven_and_a_better_sentence_is(folder):
    before = content_key(folder)

    toml = folder.path / "lab.toml"
    toml.write_text(toml.read_text().replace("everybody is answered", "all are answered"))
    assert content_key(LabFolder(folder.path)) == before

    patch = folder.path / "wrong" / "popular.patch"
    patch.write_text(patch.read_text().replace("+b = 3", "+b = 4"))
    assert content_key(LabFolder(folder.path)) != before


def test_an_option_that_a_lab_leaves_at_its_default_is_not_in_its_proof(folder):
    before = content_key(folder)
    toml = folder.path / "lab.toml"
    text = toml.read_text()

    toml.write_text(text.replace('do = "sql"', 'do = "sql"\nafter_load = false'))
    assert content_key(LabFolder(folder.path)) == before

    toml.write_text(text.replace('do = "sql"', 'do = "sql"\nafter_load = true'))
    assert content_key(LabFolder(folder.path)) != before


def test_a_round_that_disagrees_leaves_its_mark_on_right_repairs_too(folder, tmp_path):
    record = tmp_path / "proven.json"
    proven(folder, agreeing(folder), record)
    failed = [replace(row, verdict="FAIL", broken=("slowest",)) for row in agreeing(folder)]

    proven(folder, failed, record)

    shown = kill_table([folder], read_record(record))
    assert "| 0 of 1 |" in shown
    assert "**Not as expected in the last round:** 07 `reference`: 0 of 1" in shown


def test_who_agrees_has_no_doubts(folder, tmp_path):
    record = tmp_path / "proven.json"
    proven(folder, agreeing(folder), record)

    assert "Not as expected" not in kill_table([folder], read_record(record))


def test_a_round_of_a_part_is_not_kept(folder, tmp_path):
    record = tmp_path / "proven.json"

    assert not keep(folder, table(folder.lab, ["reference"], agreeing(folder)[:1], 1), record)
    assert not record.exists()


def test_the_table_of_one_lab_leaves_the_record_of_another(folder, tmp_path):
    record = tmp_path / "proven.json"
    record.write_text(json.dumps({"other": {"content": "x", "agreed": {}}}))

    proven(folder, agreeing(folder), record)

    assert sorted(read_record(record)) == ["other", "sample"]


def test_the_text_around_the_table_stays(folder, tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")

    write_table([folder], readme)

    text = readme.read_text()
    assert text.startswith(f"before\n{BEGIN}\n| lab |")
    assert text.endswith(f"|\n{END}\nafter\n")
