import json
import tomllib

import pytest
from lab_samples import LAB_TOML

from labs.commands.verify_words import figures
from labs.engine.model import Lab
from labs.engine.verify import Row, expected, mismatches, table
from labs.engine.verify_one import failed
from labs.engine.verify_run import Table

LAB = Lab.model_validate(tomllib.loads(LAB_TOML))
VARIANTS = ["reference", "bug", "right/other", "wrong/popular"]


def row(variant, verdict, *broken, number=1, **more):
    return Row(variant, number, verdict, broken, 10.0, **more)


def agreeing():
    return [
        row("reference", "PASS"),
        row("bug", "FAIL", "slowest"),
        row("right/other", "PASS"),
        row("wrong/popular", "FAIL", "answered", "slowest"),
    ]


def test_what_every_variant_must_get():
    assert [str(expected(LAB, variant)) for variant in VARIANTS] == [
        "PASS",
        "FAIL",
        "PASS",
        "FAIL on answered",
    ]


def test_an_author_sees_what_a_bound_is_set_between():
    rows = [
        row("reference", "PASS", measured={"slowest": 0.3}),
        row("reference", "PASS", number=2, measured={"slowest": 0.4}),
        row("right/other", "PASS", measured={"slowest": 0.9}),
        row("bug", "FAIL", "slowest", measured={"slowest": 6.0, "answered": None}),
    ]

    told = ["  slowest: reference 0.3 to 0.4, right 0.9, bug 6; needed at most 2"]
    assert figures(LAB, rows) == told


def test_what_the_lab_itself_could_not_do_is_told(tmp_path):
    lines = [
        {"kind": "action", "name": "publish", "says": "UndefinedTableError: no lnks", "at_s": 1.0},
        {"kind": "action", "name": "count", "says": "", "at_s": 1.0, "value": 3.0},
        {"kind": "note", "name": "away", "says": "could not be put on: no proxy", "at_s": 1.0},
        {"kind": "fault_on", "name": "slow", "says": "", "at_s": 1.0},
    ]
    (tmp_path / "events.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))

    told = failed(tmp_path)

    assert told == (
        "action publish failed: UndefinedTableError: no lnks",
        "fault away could not be put on: no proxy",
    )
    assert table(LAB, ["bug"], [row("bug", "FAIL", "slowest", failed=told)], 1)["failed"] == [*told]


def test_a_table_that_agrees_has_no_mismatches():
    found = table(LAB, VARIANTS, agreeing(), 1)

    assert (found["mismatches"], found["inconclusive"]) == (0, 0)
    assert [v["agreed"] for v in found["variants"]] == [1, 1, 1, 1]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (row("reference", "FAIL", "slowest"), "reference, run 1: FAIL (slowest), expected PASS"),
        (row("bug", "PASS"), "bug, run 1: PASS, expected FAIL"),
        (row("bug", "FAIL", "starts"), "does not even work before any load"),
        (row("right/other", "FAIL", "guard.links"), "expected PASS"),
        (row("wrong/popular", "PASS"), "expected FAIL on answered"),
        (row("wrong/popular", "FAIL", "slowest"), "rejected by slowest, not by answered"),
        (row("bug", "FAIL", "slowest", unpredicted=("worst",)), "prediction worst"),
        (row("bug", "INCONCLUSIVE"), "bug: no run could judge it"),
    ],
)
def test_every_disagreement_is_a_mismatch(changed, told):
    rows = [changed if r.variant == changed.variant else r for r in agreeing()]

    found = mismatches(LAB, VARIANTS, rows)

    assert len(found) == 1
    assert told in found[0]


def test_an_inconclusive_run_is_counted_apart_and_never_as_agreement():
    rows = [*agreeing(), row("bug", "INCONCLUSIVE", number=2)]

    found = table(LAB, VARIANTS, rows, 2)

    assert (found["mismatches"], found["inconclusive"]) == (0, 1)
    assert found["variants"][1]["agreed"] == 1


def test_a_table_goes_on_where_it_was_ended_unless_the_content_changed(home, folder):
    begun = Table.of(home, folder, resume=False)
    begun.add(row("bug", "FAIL", "answered", run="one"))

    begun.add(row("reference", "INCONCLUSIVE"))

    assert Table.of(home, folder, resume=True).rows == begun.rows[:1]
    assert Table.of(home, folder, resume=False).rows == []

    folder.bug.write_text(folder.bug.read_text() + "\n")
    assert Table.of(home, folder, resume=True).rows == []
