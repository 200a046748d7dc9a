"""A run without a verdict is a defect, unless the machine is measured to be starved just then."""

from typing import NoReturn

import psutil
import pytest

from labs.engine.outside import OTHERS_BURN

WATCHED_S = 3.0


def without_a_verdict(why: str) -> NoReturn:
    """Skip with the figure where the machine is starved while nothing of ours runs; else fail."""
    busy = psutil.cpu_percent(interval=WATCHED_S) / 100
    if busy > OTHERS_BURN:
        pytest.skip(f"{busy:.0%} of the processors are busy while nothing of ours runs; {why}")
    pytest.fail(f"twice without a verdict on a machine that is {busy:.0%} busy: {why}")
