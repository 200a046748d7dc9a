import json
import multiprocessing

import pytest

from labs.engine.progress import Guess, Progress, note_attempt
from labs.engine.progress_file import ProgressFile
from stack.trouble import Trouble


@pytest.fixture
def told():
    return []


@pytest.fixture
def file(home, told):
    return ProgressFile(home, told.append)


def verdict(outcome, measured=1.0):
    return {"verdict": outcome, "why": "", "claims": [{"id": "loads", "measured": measured}]}


def take_in_hand(file, slug):
    file.change(lambda progress: setattr(progress, "in_hand", slug))


def test_nothing_done_yet_is_an_empty_progress(file):
    assert file.read() == Progress()


def test_what_was_written_is_read(file):
    take_in_hand(file, "sample")
    file.change(lambda p: p.lab("sample").guesses.update(worst=Guess(best=90)))

    assert file.read().in_hand == "sample"
    assert file.read().lab("sample").guesses["worst"].best == 90


@pytest.mark.parametrize("damage", ["", "{", '{"labs": 3}', "\x00\x00", "[]"])
def test_a_damaged_file_is_set_aside_and_the_previous_one_taken_up(file, told, damage):
    take_in_hand(file, "first")
    take_in_hand(file, "second")
    file.path.write_text(damage)

    assert file.read().in_hand == "first"
    assert [path.read_text() for path in file.path.parent.glob("*.damaged-*")] == [damage]
    assert "was damaged; it is kept as" in told[0]


def test_two_damaged_files_begin_anew_and_both_are_kept(file, told):
    take_in_hand(file, "first")
    take_in_hand(file, "second")
    file.path.write_text("x")
    file.previous.write_text("y")

    assert file.read() == Progress()
    assert sorted(p.read_text() for p in file.path.parent.glob("*.damaged-*")) == ["x", "y"]


@pytest.mark.parametrize("dies_at", [1, 2])
def test_a_crash_in_the_middle_of_writing_leaves_a_whole_file(file, monkeypatch, dies_at):
    take_in_hand(file, "first")
    writes = iter(range(1, 10))

    def die(path, text):
        if next(writes) == dies_at:
            raise KeyboardInterrupt
        path.write_text(text)

    monkeypatch.setattr("labs.engine.progress_file.write_atomically", die)
    with pytest.raises(KeyboardInterrupt):
        take_in_hand(file, "second")

    assert file.read().in_hand == "first"


def test_a_full_disk_is_one_sentence_and_the_file_is_as_it_was(file, monkeypatch):
    take_in_hand(file, "first")

    def full(_path, _text):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("labs.engine.progress_file.write_atomically", full)
    with pytest.raises(Trouble, match="No space left on device"):
        take_in_hand(file, "second")
    assert file.read().in_hand == "first"


def add_fails(home, times):
    for _ in range(times):
        ProgressFile(home).change(
            lambda p: note_attempt(p, "sample", "check", verdict("FAIL"), "run")
        )


def test_two_commands_at_once_lose_nothing(home, file):
    context = multiprocessing.get_context("spawn")
    others = [context.Process(target=add_fails, args=(home, 10)) for _ in range(2)]
    for other in others:
        other.start()
    for other in others:
        other.join(30)

    assert file.read().lab("sample").fails == 20


def test_what_a_newer_version_wrote_is_kept(file):
    file.path.write_text(json.dumps({"format": 1, "cards": {"due": 3}}))
    take_in_hand(file, "sample")

    assert json.loads(file.path.read_text())["cards"] == {"due": 3}


def test_the_first_pass_solves_a_lab_and_a_watched_outage_does_not():
    progress = Progress()
    note_attempt(progress, "sample", "break", verdict("PASS"), "one")
    assert progress.lab("sample").solved_at is None

    note_attempt(progress, "sample", "break", verdict("FAIL", 98), "two")
    note_attempt(progress, "sample", "check", verdict("INCONCLUSIVE", None), "three")
    note_attempt(progress, "sample", "check", verdict("PASS", 2), "four")
    lab = progress.lab("sample")

    assert (lab.broken_run, lab.solved_run) == ("two", "four")
    assert lab.solved_at is not None
    assert lab.fails == 0
    assert progress.pinned_runs() == {"two", "four"}


def test_last_time_is_the_last_run_that_could_say_something():
    progress = Progress()
    for outcome, measured in (("FAIL", 98), ("FAIL", 51), ("INCONCLUSIVE", 7)):
        note_attempt(progress, "sample", "check", verdict(outcome, measured), "run")

    assert progress.lab("sample").last_measured() == {"loads": 51}
