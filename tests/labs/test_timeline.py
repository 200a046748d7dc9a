import json
import threading
import time
import tomllib

import pytest
from lab_samples import LAB_TOML

from labs.engine.actions import Outside
from labs.engine.events import EventLog
from labs.engine.model import Lab
from labs.engine.timeline import Timeline


class Faults:
    """The warden's verbs on faults, noted."""

    def __init__(self, on=True, refuses=False):
        self.on, self.refuses = on, refuses
        self.added, self.lifted = [], []

    def add_fault(self, spec, for_s):
        if self.refuses:
            raise RuntimeError("no such process")
        self.added.append((spec["kind"], for_s))
        return "kill-1"

    def lift(self, fault_id):
        self.lifted.append(fault_id)

    def probe(self, fault_id):
        return {"on": self.on, "seen": "no process"}


def lab_with(fault_at_s=0.05, fault_for_s=0.3, action_at_s=0.1, times=1):
    raw = tomllib.loads(LAB_TOML)
    raw["fault"][0] |= {"at_s": fault_at_s, "for_s": fault_for_s}
    raw["action"][0] |= {"at_s": action_at_s, "times": times, "every_s": 0.05}
    raw["load"][0]["start_s"] = 0.0
    return Lab.model_validate(raw)


def play(tmp_path, faults, act=lambda _action: 3, lab=None, for_s=0.6, began_ago_s=0.0):
    timeline = Timeline(lab or lab_with(), faults, act, EventLog(tmp_path))
    t0 = time.time() - began_ago_s
    timeline.start(t0)
    threading.Event().wait(for_s)
    timeline.stop()
    lines = (tmp_path / "events.jsonl").read_text().splitlines()
    return t0, [json.loads(line) for line in lines]


def named(events, kind):
    return [event for event in events if event["kind"] == kind]


def test_faults_and_actions_happen_at_their_second_and_are_noted(tmp_path):
    faults = Faults()
    t0, events = play(tmp_path, faults)
    on, off = named(events, "fault_on")[0], named(events, "fault_off")[0]

    assert on["at_s"] - t0 == pytest.approx(0.05, abs=0.1)
    assert off["at_s"] - t0 == pytest.approx(0.35, abs=0.1)
    assert faults.lifted == ["kill-1"]
    assert named(events, "action")[0]["value"] == 3


def test_every_fault_is_probed_while_it_is_on_however_short_it_is(tmp_path):
    for folder, for_s in (("short", 0.05), ("long", 0.3)):
        (tmp_path / folder).mkdir()
        _, events = play(tmp_path / folder, Faults(), lab=lab_with(fault_for_s=for_s))

        assert [probe["on"] for probe in named(events, "probe")]


def test_a_fault_that_is_not_on_is_noted_as_such(tmp_path):
    _, events = play(tmp_path, Faults(on=False))

    assert named(events, "probe")[0]["on"] is False


def test_a_fault_that_cannot_be_put_on_never_counts_as_on(tmp_path):
    _, events = play(tmp_path, Faults(refuses=True))

    assert named(events, "fault_on") == []
    assert "no such process" in named(events, "note")[0]["says"]


def test_an_action_says_how_late_it_began(tmp_path):
    _, events = play(tmp_path, Faults(), lab=lab_with(action_at_s=0.1), began_ago_s=0.9)

    assert named(events, "action")[0]["late_s"] == pytest.approx(0.8, abs=0.2)


def test_an_action_that_fails_is_noted_and_ends_nothing(tmp_path):
    def act(_action):
        raise OSError("refused")

    _, events = play(tmp_path, Faults(), act, lab_with(times=3))

    assert [event["error"] for event in named(events, "action")] == ["OSError: refused"] * 3
    assert named(events, "fault_off")


def test_an_action_that_could_not_look_makes_the_run_say_nothing(tmp_path):
    def act(_action):
        raise Outside("Prometheus had not looked.")

    _, events = play(tmp_path, Faults(), act, lab_with())

    assert [event["says"] for event in named(events, "problem")] == ["Prometheus had not looked."]


def test_ending_early_lifts_what_is_on_and_begins_nothing_more(tmp_path):
    faults = Faults()
    lab = lab_with(fault_for_s=30, action_at_s=5)
    began = time.monotonic()
    _, events = play(tmp_path, faults, lab=lab, for_s=0.3)

    assert time.monotonic() - began < 3
    assert faults.lifted == ["kill-1"]
    assert named(events, "action") == []


def lab_with_books(at_s=0.05):
    """Two actions that wait for the load's last answer; the first in the file is the slower one."""
    raw = tomllib.loads(LAB_TOML)
    raw["fault"] = []
    raw["load"][0]["start_s"] = 0.0
    once = raw["action"][0] | {"at_s": at_s, "after_load": True}
    raw["action"] = [once | {"name": "read"}, once | {"name": "change"}]
    return Lab.model_validate(raw)


class Books:
    """Notes when which action began and ended."""

    def __init__(self):
        self.noted = []

    def __call__(self, action):
        self.noted.append(f"{action.name} begins")
        time.sleep({"read": 0.2, "change": 0.0}[action.name])
        self.noted.append(f"{action.name} ends")


def closing(tmp_path, lab, began_ago_s=5.0):
    """A timeline on which the second of the books has long passed."""
    books = Books()
    timeline = Timeline(lab, Faults(), books, EventLog(tmp_path))
    timeline.start(time.time() - began_ago_s)
    return timeline, books


def test_what_reads_the_books_waits_until_all_is_answered(tmp_path):
    timeline, books = closing(tmp_path, lab_with_books())
    time.sleep(0.2)  # without the wait for the load, long enough to begin
    assert books.noted == []

    timeline.finish()
    timeline.stop()
    assert len(books.noted) == 4


def test_what_reads_the_books_and_what_changes_them_go_one_after_the_other(tmp_path):
    timeline, books = closing(tmp_path, lab_with_books())
    timeline.finish()
    timeline.stop()

    assert books.noted == ["read begins", "read ends", "change begins", "change ends"]


def test_what_waited_for_the_load_is_not_called_late(tmp_path):
    timeline, _ = closing(tmp_path, lab_with_books())
    timeline.finish()
    timeline.stop()
    lines = (tmp_path / "events.jsonl").read_text().splitlines()

    assert [json.loads(line)["late_s"] for line in lines if '"action"' in line] == [0.0, 0.0]


def test_a_load_that_is_over_early_brings_nothing_forward(tmp_path):
    timeline, books = closing(tmp_path, lab_with_books(at_s=5.4))
    timeline.all_answered()
    time.sleep(0.15)
    assert books.noted == []

    timeline.finish()
    timeline.stop()
    assert len(books.noted) == 4


def test_a_run_that_is_ended_reads_no_books(tmp_path):
    timeline, books = closing(tmp_path, lab_with_books())
    timeline.stop()  # it waits for what has begun

    assert books.noted == []


def test_an_action_after_the_load_happens_once():
    raw = tomllib.loads(LAB_TOML)
    raw["action"][0] |= {"after_load": True, "times": 2}

    with pytest.raises(ValueError, match="happens once"):
        Lab.model_validate(raw)
