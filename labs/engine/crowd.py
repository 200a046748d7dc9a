"""A crowd: others had the processors for a while, and the lab's work took several times as long.

An average over a run hides a second in which somebody else's build had the whole machine, and an
idle process does not feel it. So two things are looked at moment by moment: the share of the
processors that others used (`processor.py`), and how many times as long a little work took
(`canary.py`). Either alone means nothing: one busy core of two leaves the lab another one, and work
is slow beside the lab's own load as well. Their product is the pressure. One core of two kept busy
is 0.5 and makes work twice as long: labs must bear a pressure of 1. Right repairs were seen to fail
at 1.2 to 1.9 for a second and more (another stack that started, 2026-11-29). The bound errs on the
side of saying nothing: beside a busy core a lab with much work of its own comes to 1.6 at times.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

Window = Sequence[float]  # (began, ended, share of the processors that others used)
Work = Sequence[float]  # (ended, how many times as long it took), Unix times

PRESSURE = 1.15  # share of others times slowness, in a window
FOR_S = 1.0  # altogether, and a run says nothing


def crowded_s(windows: Sequence[Window], work: Sequence[Work]) -> float:
    """Return for how many seconds others kept the lab from its work."""
    return sum(
        ended - began
        for began, ended, share in windows
        if share * slowed(began, ended, work) >= PRESSURE
    )


def slowed(began: float, ended: float, work: Sequence[Work]) -> float:
    """Return how many times as long work took between two moments; 1 when none was done."""
    within = [factor for at, factor in work if began < at <= ended]
    return median(within) if within else 1.0
