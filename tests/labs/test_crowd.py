"""Who was kept from their work, and by whom: others and slowness, moment by moment."""

import subprocess
import sys

import psutil
import pytest

from labs.engine.canary import Canary, work
from labs.engine.crowd import crowded_s, slowed
from labs.engine.evidence import Event, Evidence
from labs.engine.outside import crowd
from labs.engine.processor import Meter

CROWD, BUSY, FREE, SLOW, FAST = 0.7, 0.5, 0.1, 3.0, 1.1


def windows(*shares):
    return [(0.5 * n, 0.5 * (n + 1), share) for n, share in enumerate(shares)]


def works(*factors):
    """Five pieces of work in every half second, all as slow as that window is."""
    return [(0.5 * n + 0.1 * i, factor) for n, factor in enumerate(factors) for i in range(1, 6)]


@pytest.mark.parametrize(
    ("others", "factors", "for_s"),
    [
        ([CROWD, CROWD, FREE], [SLOW, SLOW, SLOW], 1.0),
        ([BUSY, BUSY, BUSY], [SLOW, SLOW, SLOW], 0.0),  # one busy core, and another for us
        ([FREE, FREE, FREE], [SLOW, SLOW, SLOW], 0.0),  # the lab's own load
        ([CROWD, FREE, CROWD], [FAST, SLOW, SLOW], 0.5),
        ([FREE, FREE, CROWD], [SLOW, SLOW, FAST], 0.0),
        ([CROWD, CROWD, CROWD], [FAST, FAST, FAST], 0.0),  # while the lab rests
    ],
)
def test_only_others_and_slowness_together_make_a_crowd(others, factors, for_s):
    assert crowded_s(windows(*others), works(*factors)) == pytest.approx(for_s)


def nicer(*shares):
    """Nobody but work that is nicer than the lab, as much as that."""
    return [(0.5 * n, 0.5 * (n + 1), 0.0, share) for n, share in enumerate(shares)]


@pytest.mark.parametrize(
    ("others", "factors", "for_s"),
    [
        ([0.9, 0.9, 0.9], [SLOW, SLOW, SLOW], 1.5),  # it takes what is left, and is felt
        ([0.9, 0.9, 0.9], [FAST, FAST, FAST], 0.0),
        ([0.9, 0.1, 0.1], [SLOW, SLOW, SLOW], 0.0),  # for half a second
    ],
)
def test_work_that_gives_way_counts_where_it_is_felt_for_long(others, factors, for_s):
    assert crowded_s(nicer(*others), works(*factors)) == pytest.approx(for_s)


def test_one_slow_piece_of_work_among_five_is_no_crowd():
    assert slowed(0.0, 0.5, [(0.1, 1.0), (0.2, 1.0), (0.3, 9.0), (0.4, 1.0), (0.5, 1.1)]) < 1.2


def test_where_no_work_was_seen_nothing_is_said():
    assert slowed(0.0, 0.5, []) == 1.0


def run(tmp_path, share, factor):
    """A run of three seconds with the same crowd, or none, all the time."""
    cpu = {"windows": windows(*[share] * 6), "others": [["cc1plus", 0.4]]}
    canary = {"work": works(*[factor] * 6)}
    events = (Event(3.0, "cpu", "cpu", cpu), Event(3.0, "canary", "canary", canary))
    return Evidence(None, tmp_path, events=events, summary={})


def test_a_crowd_is_an_outside_cause_and_its_sentence_names_who_it_was(tmp_path):
    (said,) = crowd(run(tmp_path, CROWD, SLOW))

    assert "for 3.0 s others left the lab too little" in said
    assert "cc1plus 40%" in said


@pytest.mark.parametrize(("share", "factor"), [(CROWD, FAST), (BUSY, SLOW)])
def test_half_a_crowd_is_none(tmp_path, share, factor):
    assert list(crowd(run(tmp_path, share, factor))) == []


def test_work_is_as_long_as_it_says():
    took_s, used_s = work()

    assert used_s == pytest.approx(0.005, rel=0.5)
    assert took_s >= used_s * 0.9


def test_the_canary_reports_how_slow_work_was():
    canary = Canary()
    canary.worked(12.0, 0.015, 0.005)

    assert canary.report()["work"] == [(12.0, 3.0)]


def test_a_stranger_is_in_the_window_in_which_they_burned():
    meter = Meter()
    meter.look([])
    burn = "import time\nwhile time.process_time() < 0.4: pass"
    subprocess.run(  # a shell that leaves at once: not our child; its output ends when it does
        ["/bin/sh", "-c", '"$0" -c "$1" &', sys.executable, burn],
        capture_output=True,
        check=True,
    )
    meter.look([])
    before, burned = meter.report()["windows"]

    assert burned[0] == before[1]
    assert burned[2] * (burned[1] - burned[0]) * psutil.cpu_count() > 0.3  # of 0.4 s
