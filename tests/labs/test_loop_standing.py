import time

from labs.engine.progress import DUE_AGAIN_S, LabProgress, Progress, note_attempt
from labs.engine.session import Session
from labs.loop.standing import said, standing

PASSED = {"verdict": "PASS", "why": "", "claims": []}


def test_a_lab_is_not_begun_then_begun_then_solved():
    assert standing(LabProgress()).word == "not begun"
    assert standing(LabProgress(started_at=1.0)).word == "begun"
    assert standing(LabProgress(started_at=1.0, skipped_at=2.0)).word == "skipped"
    assert said(standing(LabProgress(solved_at=3.0, hints=[1, 2])), "") == "solved, 2 hints"


def test_the_last_hint_makes_a_lab_studied_and_due_again_in_three_days(home, folder):
    now = Session(home)
    for number in (1, 2, 3):
        now.saw_hint(folder, number)
    assert now.progress.lab("sample").studied_at is None

    now.saw_hint(folder, 4)
    there = standing(now.progress.lab("sample"))

    assert there.word == "studied"
    assert abs(there.due_at - time.time() - DUE_AGAIN_S) < 60
    assert not there.is_due(time.time())
    assert there.is_due(time.time() + DUE_AGAIN_S + 1)


def test_a_pass_right_after_the_last_hint_leaves_it_studied_and_one_days_later_solves_it():
    progress = Progress()
    lab = progress.lab("sample")
    lab.studied_at = time.time() - 60
    note_attempt(progress, "sample", "check", PASSED, "one")
    assert standing(lab).word == "studied"

    lab.studied_at -= DUE_AGAIN_S
    note_attempt(progress, "sample", "check", PASSED, "two")
    assert standing(lab).word == "solved"
