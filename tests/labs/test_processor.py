"""What the lab's own processes used is the lab's, also after they have ended."""

import subprocess
import sys
import time

import psutil

from labs.engine.processor import Meter

BURN_S = 0.6
BURN = f"import time\nwhile time.process_time() < {BURN_S}: pass"


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
