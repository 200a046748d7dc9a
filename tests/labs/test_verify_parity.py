"""The two runtimes compared: what agrees, what differs, and what was never run."""

import json
from functools import partial

import pytest

from labs.commands import verify
from labs.engine import verify_parity as parity
from labs.engine.catalogue import LabError, all_labs
from labs.engine.marked import with_table
from labs.engine.verify import Row, table
from labs.engine.verify_proof import README, keep, write_table
from stack import runtime


def found(folder, variant, verdict, *broken):
    return table(folder.lab, [variant], [Row(variant, 1, verdict, broken, 9.0)], 1)


def compared(folder, record, variant):
    (pair,) = [p for p in parity.pairs(folder, parity.read_record(record)) if p.variant == variant]
    return pair


@pytest.fixture
def record(tmp_path):
    return tmp_path / "parity.json"


def test_the_table_in_the_readme_is_that_of_the_record():
    text = README.read_text()

    assert text == with_table(
        text, parity.MARKS, parity.parity_table(all_labs(), parity.read_record())
    ), "./lab parity --table --write"


def test_what_was_run_on_one_side_only_is_not_compared(folder, record):
    parity.keep(folder, parity.COMPOSE, found(folder, "bug", "FAIL", "slowest"), record)

    pair = compared(folder, record, "bug")
    assert (pair.embedded, pair.compose, pair.answer) == ("not run", "FAIL", "not compared")


def test_the_same_verdict_on_both_sides_agrees(folder, record):
    for side in parity.SIDES:
        parity.keep(folder, side, found(folder, "bug", "FAIL", "slowest"), record)

    assert compared(folder, record, "bug").answer == "yes"
    assert parity.differences([folder], parity.read_record(record)) == []


@pytest.mark.parametrize("side", parity.SIDES)
def test_what_verify_writes_is_the_side_that_it_runs_on(
    folder, record, tmp_path, monkeypatch, side
):
    monkeypatch.setattr(runtime, "in_compose", lambda: side == parity.COMPOSE)
    readme, proven = tmp_path / "README.md", tmp_path / "proven.json"
    readme.write_text(README.read_text())
    monkeypatch.setattr(verify, "write_table", partial(write_table, readme=readme))
    monkeypatch.setattr(verify, "keep", partial(keep, path=proven))
    monkeypatch.setattr(parity, "keep", partial(parity.keep, path=record))
    monkeypatch.setattr(parity, "write_table", partial(parity.write_table, readme=readme))

    verify._keep([folder], [found(folder, "bug", "FAIL", "slowest")], quiet=True)

    assert getattr(compared(folder, record, "bug"), side) == "FAIL"


def test_another_verdict_in_containers_is_a_difference(folder, record):
    parity.keep(folder, parity.EMBEDDED, found(folder, "reference", "PASS"), record)
    parity.keep(folder, parity.COMPOSE, found(folder, "reference", "FAIL", "slowest"), record)

    assert compared(folder, record, "reference").answer == "**NO**"
    (differs,) = parity.differences([folder], parity.read_record(record))
    assert differs.variant == "reference"


def test_a_wrong_repair_rejected_by_another_claim_in_containers_is_a_difference(folder, record):
    parity.keep(folder, parity.EMBEDDED, found(folder, "wrong/popular", "FAIL", "answered"), record)
    parity.keep(folder, parity.COMPOSE, found(folder, "wrong/popular", "FAIL", "slowest"), record)

    pair = compared(folder, record, "wrong/popular")
    assert (pair.compose, pair.answer) == ("FAIL (by another claim)", "**NO**")


def test_a_run_that_could_not_be_judged_is_no_agreement(folder, record):
    for side in parity.SIDES:
        parity.keep(folder, side, found(folder, "bug", "INCONCLUSIVE"), record)

    assert compared(folder, record, "bug").answer == "not compared"


def test_what_was_run_before_stays_until_that_variant_runs_again(folder, record):
    parity.keep(folder, parity.COMPOSE, found(folder, "bug", "FAIL", "slowest"), record)
    parity.keep(folder, parity.COMPOSE, found(folder, "reference", "PASS"), record)

    assert compared(folder, record, "bug").compose == "FAIL"


def test_a_record_of_a_lab_that_has_changed_since_counts_as_not_run(folder, record):
    parity.keep(folder, parity.COMPOSE, found(folder, "bug", "FAIL", "slowest"), record)
    kept = json.loads(record.read_text())
    kept[folder.lab.slug]["content"] = "another lab"
    record.write_text(json.dumps(kept))

    assert compared(folder, record, "bug").compose == "not run"


def test_the_table_says_how_much_was_compared(folder, record):
    for side in parity.SIDES:
        parity.keep(folder, side, found(folder, "bug", "FAIL", "slowest"), record)
    every = len(list(folder.variants()))

    told = parity.parity_table([folder], parity.read_record(record))

    assert told.startswith(f"1 of {every} variants were compared, 1 of them agree.")


def test_a_readme_without_a_place_for_the_table_is_said(folder, tmp_path):
    page = tmp_path / "README.md"
    page.write_text("nothing\n")

    with pytest.raises(LabError, match="no place"):
        parity.write_table([folder], page)
