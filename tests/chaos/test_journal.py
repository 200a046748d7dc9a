"""The fault journal: on disk first, due in time, never half written."""

import os
from pathlib import Path

import pytest

from chaos.journal import (
    DEFAULT_FOR_S,
    LONGEST_FOR_S,
    Entry,
    Journal,
    JournalUnreadable,
    due,
    next_deadline_s,
)

LATENCY = {"kind": "toxic", "proxy": "a.redis", "toxic": {"type": "latency"}}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run" / "faults.json"


def test_a_recorded_fault_is_there_for_the_next_process(path):
    entry = Journal(path).record(LATENCY, 12, 1000.0)

    assert Journal(path).entries() == [Entry("latency-1", LATENCY, 1000.0, 1012.0)]
    assert entry == Journal(path).get("latency-1")


def test_ids_are_never_used_again_not_even_by_the_next_process(path):
    journal = Journal(path)
    journal.remove(journal.record(LATENCY, 12, 1000.0).id)

    assert Journal(path).record({"kind": "redis_pause"}, 12, 1000.0).id == "redis_pause-2"


def test_the_file_is_synced_before_record_returns(path, monkeypatch):
    synced = []
    monkeypatch.setattr(
        os, "fsync", lambda fd: synced.append(Path(f"/proc/self/fd/{fd}").readlink())
    )

    Journal(path).record(LATENCY, 12, 1000.0)

    assert synced == [path.with_suffix(".new"), path.parent]


def test_a_fault_that_cannot_be_written_down_is_not_recorded(path, monkeypatch):
    journal = Journal(path)

    def full(_fd: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        journal.record(LATENCY, 12, 1000.0)

    assert journal.entries() == Journal(path).entries() == []


@pytest.mark.parametrize("for_s", [0, -1, LONGEST_FOR_S + 1, float("nan")])
def test_no_fault_is_without_a_sensible_limit(path, for_s):
    with pytest.raises(ValueError, match="at most 900 s"):
        Journal(path).record(LATENCY, for_s, 1000.0)


def test_a_fault_without_a_limit_gets_the_default(path):
    assert Journal(path).record(LATENCY, None, 1000.0).deadline_s == 1000.0 + DEFAULT_FOR_S


def test_faults_are_due_at_their_deadline_and_when_the_clock_went_back():
    early, late = Entry("a", {}, 1000.0, 1010.0), Entry("b", {}, 1000.0, 1020.0)

    assert due([early, late], 1009.9) == []
    assert due([early, late], 1010.0) == [early]
    assert due([early, late], 900.0) == [early, late]
    assert (next_deadline_s([late, early]), next_deadline_s([])) == (1010.0, None)


def test_clear_forgets_everything(path):
    journal = Journal(path)
    journal.record(LATENCY, 12, 1000.0)

    journal.clear()

    assert Journal(path).entries() == []


@pytest.mark.parametrize("content", ["", "[]", '{"count": 1, "faults": [{"id": "x"}]}'])
def test_a_damaged_journal_is_named(path, content):
    path.parent.mkdir()
    path.write_text(content)

    with pytest.raises(JournalUnreadable, match=r"faults\.json is not a fault journal"):
        Journal(path)
