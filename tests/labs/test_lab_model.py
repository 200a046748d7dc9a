from pathlib import Path

import pytest
from lab_samples import LAB_TOML, write_lab

from labs.engine.catalogue import LabError, LabFolder, find, read_lab
from labs.engine.model import Claim
from stack.trouble import Trouble


def read(root: Path, text: str):
    return read_lab(write_lab(root, text) / "lab.toml")


def test_a_complete_file_is_read(tmp_path):
    lab = read(tmp_path, LAB_TOML)

    assert lab.slug == "sample"
    assert lab.length_s == pytest.approx(5.5)
    assert [claim.needed for claim in lab.claim] == ["at least 0.99", "at most 2"]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            'title = "Every two seconds"\n',
            "",
            'title is missing; write title = "Every two seconds"',
        ),
        ("level = 2", "level = 9", "level: Input should be less than or equal to 5"),
        ("at_most = 2", "at_mots = 2", "claim[2].at_mots is not a key here; did you mean at_most?"),
        ("at_most = 2", "at_most = 2\nequals = 0", "exactly one of at_most"),
        ('id = "slowest"', 'id = "answered"', "claim id answered stands twice"),
        ("at_s = 5", 'at_s = "soon"', "fault[1].at_s"),
        ("format = 1", "format = 2", "format 2 is newer than this engine"),
        ("format = 1", "format = ", "is not TOML"),
        ('slug = "sample"', 'slug = "simple"', "must be the names of its folders"),
        ('needs = ["postgres"', 'needs = ["mysql"', "needs[1]: Input should be"),
    ],
)
def test_what_is_wrong_is_said_with_file_and_key_and_what_to_write(tmp_path, old, new, told):
    with pytest.raises(LabError) as caught:
        read(tmp_path, LAB_TOML.replace(old, new, 1))

    assert "caching/sample/lab.toml" in caught.value.said
    assert told in caught.value.said


def test_a_lab_is_found_by_number_with_or_without_zero_and_by_slug(tmp_path):
    write_lab(tmp_path)

    assert [find(name, tmp_path).lab.slug for name in ("7", "07", "sample")] == ["sample"] * 3


def test_a_misspelt_lab_is_answered_with_the_nearest(tmp_path):
    write_lab(tmp_path)

    with pytest.raises(Trouble, match="the nearest is sample") as caught:
        find("smaple", tmp_path)
    assert caught.value.try_next == "./lab start 07"


def test_variants_are_the_reference_and_the_patches(tmp_path):
    folder = write_lab(tmp_path)
    for name in ("right/other.patch", "wrong/popular.patch"):
        (folder / name).parent.mkdir()
        (folder / name).touch()

    variants = LabFolder(folder).variants()

    assert list(variants) == ["reference", "bug", "right/other", "wrong/popular"]
    assert [len(patches) for patches in variants.values()] == [0, 1, 2, 2]


@pytest.mark.parametrize(
    ("bound", "inside", "outside"),
    [
        ({"at_most": 3}, 3, 3.01),
        ({"at_least": 0.9}, 0.9, 0.89),
        ({"equals": 0}, 0, 1),
        ({"between": (9, 11)}, 11, 8.9),
    ],
)
def test_bounds_include_their_edge(bound, inside, outside):
    claim = Claim(id="x", says="x is small", measure="x", **bound)

    assert claim.holds(inside)
    assert not claim.holds(outside)


def test_a_process_whose_clock_is_moved_is_named_so_that_it_starts_with_one_that_can_be(tmp_path):
    fault = '[[fault]]\nname = "clock"\nat_s = 0.0\nfor_s = 1.0\n'
    spec = 'spec = { kind = "clock_skew", process = "shortener-b", offset_s = 7 }\n\n[[claim]]'

    moved = read(tmp_path, LAB_TOML.replace("[[claim]]", fault + spec, 1))

    assert moved.skewed == ("shortener-b",)
    assert read(tmp_path, LAB_TOML).skewed == ()
