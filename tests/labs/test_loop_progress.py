import json
import time

import pytest
from loop_samples import Lab, begun, solved

from labs.engine.catalogue import all_labs
from labs.engine.progress import DUE_AGAIN_S, Guess, Progress
from labs.loop.scores import calibration, score, told
from labs.loop.tonight import tonight
from stack.home import write_atomically

DAY_S = 86400.0
STAMPEDE = [folder for folder in all_labs() if folder.lab.slug == "stampede"]


def test_the_board_shows_each_lab_and_how_well_somebody_predicts(tmp_path):
    lab = solved(tmp_path)
    board = lab.quick("progress")

    assert "solved, 2 checks, 1 failed" in board
    assert "1 of " in board
    assert "Of 1 predictions: 1 within 1.5x" in board
    row = next(r for r in json.loads(lab.quick("progress", "--json"))["labs"] if r["number"] == 7)
    assert row["state"] == "solved"
    assert row["prediction_factors"] == [1.45]


@pytest.mark.parametrize(
    ("guess", "words"),
    [
        (Guess(best=60, measured=87), "within a factor of 1.5"),
        (Guess(best=2, low=1, high=3, measured=87), "factor of 44 away; outside your range"),
        (Guess(best=0, measured=0), "within a factor of 1.5"),
        (Guess(best=0, measured=3), "You said 0; it was 3."),
    ],
)
def test_a_prediction_is_scored_by_factor_and_by_range(guess, words):
    assert words in told(guess)


def test_what_was_skipped_or_not_measured_has_no_score():
    assert score(Guess()) is None
    assert score(Guess(best=3)) is None
    assert calibration([Guess()]) == "No prediction was measured yet."


def test_a_lab_in_hand_is_finished_first_then_debriefed_then_done_again_when_due():
    progress = Progress(in_hand="stampede")
    lab, now = progress.lab("stampede"), time.time()
    lab.started_at = now
    assert tonight(STAMPEDE, progress, now)[0].command == "./lab"

    progress.in_hand = ""
    lab.solved_at = now
    assert tonight(STAMPEDE, progress, now)[0].command == "./lab debrief 07"
    lab.debriefed_at = now
    assert tonight(STAMPEDE, progress, now) == []

    lab.studied_at = now
    again = tonight(STAMPEDE, progress, now + DUE_AGAIN_S + 1)
    assert [item.kind for item in again] == ["cards", "again"]
    assert all(item.minutes > 0 for item in again)


def test_a_skipped_lab_is_offered_last_and_start_takes_it_up_again(tmp_path):
    lab = begun(tmp_path)
    lab.quick("skip")

    assert "No lab is in hand" in lab.quick("diagnose", "--skip", code=2)
    items = json.loads(lab.quick("next", "--json"))
    assert "lab 07" not in items[0]["what"] or len(all_labs()) == 1
    assert "skipped" in lab.quick("list")
    lab.quick("start", "07", "--no-up")
    assert lab.stampede.skipped_at is None
    assert lab.stampede.attempts  # what was done before is there


def test_an_export_restores_everything_that_was_written(tmp_path):
    lab = solved(tmp_path)
    lab.quick("debrief", "--broke", "all at once")
    saved = tmp_path / "saved.json"
    lab.quick("progress", "--export", saved)
    new = Lab(tmp_path / "another")

    new.quick("progress", "--restore", saved)

    assert new.progress == lab.progress
    notes = "debriefs/07-stampede.md"
    assert (new.home.path / notes).read_text() == (lab.home.path / notes).read_text()


def test_an_export_goes_through_a_pipe_from_one_runtime_into_another(tmp_path):
    (tmp_path / "container").mkdir()
    here, there = solved(tmp_path), Lab(tmp_path / "container")
    here.quick("debrief", "--broke", "all at once")
    whole = here("progress", "--export", "-")

    there("skip", "03")
    said = there("progress", "--restore", "-", stdin=whole)

    assert "Restored from what was piped in." in said
    assert "is kept in" in said  # what the container had noted
    assert there.progress == here.progress
    notes = "debriefs/07-stampede.md"
    assert (there.home.path / notes).read_text() == (here.home.path / notes).read_text()
    assert "is not whole" in there("progress", "--restore", "-", stdin=whole[:200], code=2)
    assert there.progress == here.progress


def test_an_export_never_replaces_a_file(tmp_path):
    lab = begun(tmp_path)
    there = tmp_path / "mine.txt"
    there.write_text("precious")

    assert "exists; nothing was written" in lab.quick("progress", "--export", there, code=2)
    assert there.read_text() == "precious"


def test_a_restore_keeps_what_was_there(tmp_path):
    lab = solved(tmp_path)
    saved = tmp_path / "saved.json"
    lab.quick("progress", "--export", saved)
    lab.quick("debrief", "--broke", "written after the export")
    notes = lab.home.path / "debriefs" / "07-stampede.md"
    mine = notes.read_text() + "\nand this by hand\n"
    notes.write_text(mine)

    said = lab.quick("progress", "--restore", saved)

    assert "is kept in" in said
    kept = "".join(path.read_text() for path in (lab.home.path / "backups").iterdir())
    assert "written after the export" in kept
    assert notes.read_text() == mine  # the export had none: nothing takes its place
    assert "written after the export" in lab.file.previous.read_text()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "is not whole"),
        ("[]", "is no export"),
        ('{"kind": "short-circuit-progress", "format": 9}', "newer version"),
        ('{"kind": "short-circuit-progress", "format": "x"}', "is no export"),
        ('{"kind": "short-circuit-progress", "format": 1, "postmortems": []}', "is no export"),
        ('{"kind": "short-circuit-progress", "format": 1, "progress": {"labs": 3}}', "is damaged"),
    ],
)
def test_what_is_not_a_whole_export_changes_nothing(tmp_path, text, told):
    lab = solved(tmp_path)
    before = lab.file.path.read_text()
    (tmp_path / "x.json").write_text(text)

    assert told in lab.quick("progress", "--restore", tmp_path / "x.json", code=2)
    assert lab.file.path.read_text() == before


def test_a_crash_in_the_middle_of_a_restore_leaves_the_progress_whole(tmp_path, monkeypatch):
    lab = solved(tmp_path)
    saved = tmp_path / "saved.json"
    lab.quick("progress", "--export", saved)
    lab.quick("debrief", "--broke", "later")
    writes = iter(range(100))

    def die(path, text):
        if next(writes) == 1:
            raise KeyboardInterrupt
        write_atomically(path, text)

    monkeypatch.setattr("labs.engine.progress_file.write_atomically", die)
    with pytest.raises((KeyboardInterrupt, AssertionError)):
        lab.quick("progress", "--restore", saved)
    monkeypatch.undo()

    assert lab.stampede.line("broke") == "later"
