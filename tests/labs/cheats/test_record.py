"""What was rejected is kept, and shown as long as the lab is the one that was run."""

import json

import pytest

from labs.cheats import record
from labs.cheats.record import MARKS, cheat_table, keep, read_record, write_table
from labs.cheats.suite import cheats_of
from labs.cheats.table import Caught, table
from labs.engine.catalogue import LabError, all_labs

BEGIN, END = MARKS


def found(folder, **change):
    rows = [
        Caught(c.name, c.says, "FAIL", (c.caught_by or ("slowest",))[:1], "all | was given up", 9.0)
        for c in cheats_of(folder)
    ]
    return table(folder.lab.slug, cheats_of(folder), rows) | change


def test_a_whole_table_without_a_hole_is_kept_and_shown(folder, tmp_path):
    path = tmp_path / "rejected.json"

    assert keep(folder, found(folder), path)

    shown = cheat_table([folder], read_record(path))
    assert "| 07 sample | delete the files that the bug stands in | `starts` |" in shown
    assert "all / was given up" in shown
    assert "not yet" not in shown


@pytest.mark.parametrize("change", [{"mismatches": 1}, {"rows": []}])
def test_a_hole_or_a_part_of_the_suite_is_not_kept(folder, tmp_path, change):
    path = tmp_path / "rejected.json"

    assert not keep(folder, found(folder, **change), path)
    assert read_record(path) == {}


def test_what_was_seen_of_another_lab_is_not_shown(folder, tmp_path):
    path = tmp_path / "rejected.json"
    keep(folder, found(folder), path)
    kept = json.loads(path.read_text())
    kept["sample"]["content"] = "another"

    assert "changed since" in cheat_table([folder], kept)
    assert "not yet" in cheat_table([folder], {})


def test_the_table_stands_between_its_marks(folder, tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text(f"# Labs\n\n{BEGIN}\nold\n{END}\nrest\n")

    write_table([folder], readme)

    text = readme.read_text()
    assert "old" not in text
    assert text.endswith("rest\n")
    assert "07 sample" in text


def test_a_readme_without_a_place_is_said(folder, tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text("# Labs\n")

    with pytest.raises(LabError, match="no place for the cheats"):
        write_table([folder], readme)


def test_the_readme_of_the_labs_shows_what_the_record_says():
    """Of labs that were not changed since; those are shown as such the next time it is written."""
    text = record.README.read_text(encoding="utf-8")
    seen = [
        line
        for line in cheat_table(all_labs(), read_record()).splitlines()
        if not line.endswith(("| not yet |", "| changed since |"))
    ]

    assert [line for line in seen if line not in text] == []
    assert BEGIN in text
