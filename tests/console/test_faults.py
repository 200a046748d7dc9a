"""Which stretches are shaded: from the warden's history, and from a run's events."""

import json

import pytest

from chaos.history import FILE_NAME, History
from labs.console.charts.faults import of_home, shades, within
from labs.console.charts.window import Window
from labs.engine.events import FILE_NAME as EVENTS
from labs.engine.events import Event
from labs.engine.recorded import PLAN
from stack.home import Home

SLOW = {"kind": "toxic", "proxy": "shortener-a.redis", "toxic": {"type": "latency"}}


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path).make()


def test_a_fault_of_the_history_is_shaded_with_what_it_did(home):
    history = History(home.run / FILE_NAME)
    history.write("fault_on", "latency-1", SLOW, 1010.0)
    history.write("fault_off", "latency-1", SLOW, 1020.0)

    (shade,) = of_home(home, Window(1000, 1100))

    assert (shade.name, shade.says) == ("latency-1", "latency on shortener-a.redis")
    assert (shade.from_s, shade.to_s) == (1010.0, 1020.0)


def test_a_fault_that_is_on_is_shaded_up_to_now_and_one_before_the_window_is_not(home):
    history = History(home.run / FILE_NAME)
    history.write("fault_on", "pause-1", {"kind": "pause"}, 500.0)
    history.write("fault_off", "pause-1", {"kind": "pause"}, 510.0)
    history.write("fault_on", "latency-2", SLOW, 990.0)

    (shade,) = of_home(home, Window(1000, 1100))

    assert (shade.name, shade.from_s, shade.to_s) == ("latency-2", 1000.0, 1100.0)


def test_a_fault_of_a_run_has_the_name_that_its_lab_gives_it_and_one_by_hand_keeps_its_own(home):
    history = History(home.run / FILE_NAME)
    history.write("fault_on", "latency-1", SLOW, 1010.0)
    history.write("fault_on", "latency-2", SLOW, 1050.0)
    run = home.runs / "20260101-000000-07-workspace"
    run.mkdir(parents=True)
    (run / PLAN).write_text("{}")
    said = {"at_s": 1010.1, "kind": "fault_on", "name": "distance", "says": "", "spec": SLOW}
    (run / EVENTS).write_text(json.dumps(said) + "\n")

    assert [one.name for one in of_home(home, Window(1000, 1100))] == ["distance", "latency-2"]


def test_where_no_fault_ever_was_nothing_is_shaded(home):
    assert of_home(home, Window(1000, 1100)) == []


def test_the_off_of_a_fault_that_never_went_on_shades_nothing():
    assert shades([Event(5.0, "fault_off", "latency-1")], 10.0) == []


def test_what_reaches_beyond_the_window_is_cut():
    found = shades([Event(5.0, "fault_on", "a"), Event(50.0, "fault_off", "a")], 60.0)

    (cut,) = within(found, Window(10, 20))
    assert (cut.from_s, cut.to_s) == (10.0, 20.0)
