import json

import pytest
from loop_samples import Lab, solved

from labs.engine.catalogue import all_labs, find
from labs.engine.progress import Attempt, Diagnosed, Guess, OnCall, Progress
from labs.loop.team import names, rows


def person(*, best=60.0, right=True, took_s=240.0, verdict="PASS"):
    whole = Progress()
    lab = whole.lab("stampede")
    lab.started_at = 900.0
    lab.guesses["crowd"] = Guess(best=best, at=950.0, measured=87.0)
    lab.attempts.append(Attempt(at=1000.0, kind="break", verdict="FAIL", run="a"))
    diagnosed = Diagnosed(at=1000.0 + took_s, component="cache", mechanism="x", right=right)
    lab.diagnoses.append(diagnosed)
    lab.attempts.append(Attempt(at=2000.0, kind="check", verdict=verdict, run="b"))
    whole.oncall.append(OnCall(seed=7, began_at=3000.0, ended_at=3090.0, right=right))
    return whole


def export(path, whole):
    document = {"kind": "short-circuit-progress", "format": 1, "progress": whole.model_dump()}
    path.write_text(json.dumps(document))
    return path


def test_each_person_has_a_row_for_the_lab_and_one_for_the_seed():
    team = {"ada": person(), "bo": person(best=4, right=False, verdict="FAIL")}

    told = [(row.what, *row.cells) for row in rows(all_labs(), team)]

    assert told == [
        ("lab 07", "ada", "60, was 87 (1.4x)", "right, 4.0 min", "PASS, 1 check", "0"),
        ("lab 07", "bo", "4, was 87 (21.8x)", "not right", "FAIL, 1 check", "0"),
        ("on call, seed 7", "ada", "-", "right, 1.5 min", "-", "-"),
        ("on call, seed 7", "bo", "-", "not right", "-", "-"),
    ]


def test_what_was_done_in_an_earlier_round_is_not_the_session():
    whole = person()
    whole.lab("stampede").started_at = 2500.0  # taken again after all of it

    row = rows(all_labs(), {"ada": whole}, find("07"))[0]

    assert (row.diagnosed, row.minutes, row.verdict, row.checks) == (None, None, "", 0)


def test_a_diagnosis_before_any_outage_has_no_time():
    whole = person()
    del whole.lab("stampede").attempts[0]

    assert rows(all_labs(), {"ada": whole})[0].cells[2] == "right"


def test_two_files_of_one_name_are_told_apart_and_one_given_twice_counts_once(tmp_path):
    one, other = tmp_path / "x" / "ada.json", tmp_path / "y" / "ada.json"

    assert set(names([one, other, one]).values()) == {
        str(tmp_path / "x" / "ada"),
        str(tmp_path / "y" / "ada"),
    }
    assert names([one, one]) == {one: "ada"}


def test_real_exports_become_one_table(tmp_path):
    lab = solved(tmp_path)
    mine = tmp_path / "mine.json"
    lab.quick("progress", "--export", mine)
    bo = export(tmp_path / "bo[2].json", person(best=4))

    table = lab("team", str(mine), str(bo))
    told = json.loads(lab("team", "--json", "--lab", "07", str(mine), str(bo)))

    lines = [line.rstrip() for line in table.splitlines()]
    assert lines[1] == "lab 07"
    assert lines[3] == "  mine   60, was 87 (1.4x)  -               PASS, 2 checks  0"
    assert lines[4] == "  bo[2]  4, was 87 (21.8x)  right, 4.0 min  PASS, 1 check   0"
    assert "on call, seed 7" in lines
    assert max(map(len, lines)) <= 80
    assert [row["who"] for row in told if row["what"] == "lab 07"] == ["mine", "bo[2]"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "cannot be read"),
        ("{", "is not whole"),
        ("[]", "is no export"),
        ('{"kind": "short-circuit-progress", "format": 9}', "newer version"),
        ('{"kind": "short-circuit-progress", "format": "x"}', "is no export"),
        ('{"kind": "short-circuit-progress", "format": 1, "progress": {"labs": 3}}', "is damaged"),
        ('{"kind": "short-circuit-progress", "format": 1, "progress": {}}', "has begun a lab"),
        (b"\xff\xfe\x00", "is not whole"),
    ],
)
def test_a_bad_file_is_answered_in_one_sentence(tmp_path, text, said):
    bad = tmp_path / "bad.json"
    if text is not None:
        bad.write_bytes(text if isinstance(text, bytes) else text.encode())

    answer = Lab(tmp_path).quick("team", bad, code=2)

    sentence, following = answer.strip().splitlines()
    assert said in sentence
    assert following.startswith("next: ")
