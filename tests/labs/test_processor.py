"""What the lab's own processes used is the lab's, also after they have ended."""

import subprocess
import sys
import time
from typing import NamedTuple

import psutil

from labs.engine.processor import Meter

BURN_S = 0.6
BURN = f"import time\nwhile time.process_time() < {BURN_S}: pass"


class Times(NamedTuple):
    """As psutil.cpu_times() says them, in seconds of all processors together."""

    user: float
    nice: float
    system: float
    idle: float
    iowait: float


def test_what_a_child_burned_before_it_ended_is_ours():
    meter, began_s = Meter(), time.monotonic()

    subprocess.run([sys.executable, "-c", BURN], check=True)

    all_s = (time.monotonic() - began_s) * psutil.cpu_count()
    assert meter.report()["ours_share"] * all_s > 0.9 * BURN_S


def test_a_warden_that_was_started_meanwhile_is_ours_too():
    meter = Meter()
    before = list(meter._roots)

    meter.also(None)
    meter.also(1)
    meter.also(1)

    assert meter._roots == [*before, 1]


def test_what_is_nicer_than_the_lab_is_no_neighbour(monkeypatch):
    """Ten seconds of two processors: four busy, six with work that gives way to everybody."""
    seen = [Times(0.0, 0.0, 0.0, 0.0, 0.0)]
    monkeypatch.setattr(psutil, "cpu_times", lambda: seen[-1])
    meter = Meter()
    seen.append(Times(3.0, 6.0, 1.0, 9.0, 1.0))

    assert 0.15 < meter.report()["others_share"] <= 0.2
