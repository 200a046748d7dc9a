"""A crowd: others had the processors for a while, and the lab's work took several times as long.

An average over a run hides a second in which somebody else's build had the whole machine, and an
idle process does not feel it. So two things are looked at moment by moment: the share of the
processors that others used (`processor.py`), and how many times as long a little work took
(`canary.py`). Either alone means nothing: with one busy core of two (a share of 0.5; up to 0.56 was
seen) the lab has another one, and must do with it, however long its own load makes its work take;
and who has the processors while the lab rests disturbs nobody. But more than one core, while the
lab has work to do, is a crowd: right repairs were seen to fail in half a second of it, beside a
second stack that started.

Work that is nicer than the lab takes only what the lab leaves, and is no part of a crowd. But a
virtual machine whose host counts every second is slower for it. So the share of all others, times
the slowness, is the pressure: 1 is a busy core of two and what it must cost. Moments of 1.6 were
seen beside one, with right verdicts; a right repair failed beside idle work when all of a run was
three times as slow (2026-11-29).
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

# (began, ended, share of the processors that others used, the same with what is nicer than the lab)
Window = Sequence[float]
Work = Sequence[float]  # (ended, how many times as long it took), Unix times

CROWD = 0.6  # of the processors, used by others in a window
FELT = 1.3  # times as long as work takes on a machine of one's own
FOR_S = 0.5  # altogether, and a run says nothing
PRESSURE = 2.0  # share of all others times slowness
PRESSED_FOR_S = 1.0


def crowded_s(windows: Sequence[Window], work: Sequence[Work]) -> float:
    """Return for how many seconds others kept the lab from its work; 0 where it had to bear it."""
    crowd_s = pressed_s = 0.0
    for began, ended, share, *all_others in windows:
        factor = slowed(began, ended, work)
        crowd_s += (ended - began) * (share >= CROWD and factor >= FELT)
        pressed_s += (ended - began) * (max(share, *all_others, 0.0) * factor >= PRESSURE)
    return max(crowd_s * (crowd_s >= FOR_S), pressed_s * (pressed_s >= PRESSED_FOR_S))


def slowed(began: float, ended: float, work: Sequence[Work]) -> float:
    """Return how many times as long work took between two moments; 1 when none was done."""
    within = [factor for at, factor in work if began < at <= ended]
    return median(within) if within else 1.0
