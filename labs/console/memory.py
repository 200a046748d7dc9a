"""Keeps the console small: what was read for a moment is given back to the machine.

A run's spans are tens of megabytes for the second in which they are sorted. CPython keeps what it
cannot free whole, and glibc keeps a heap for every thread that ever asked for memory; so the
threads share one heap, and between runs what is free is given back.
"""

from __future__ import annotations

import ctypes
import gc

M_ARENA_MAX = -8  # of glibc's malloc.h
TIDY_EVERY_S = 20.0


def share_one_heap() -> None:
    """Ask glibc for one heap for all threads; call it before there are any."""
    _of_glibc("mallopt", M_ARENA_MAX, 1)


def set_aside() -> None:
    """Leave what was imported out of every later collection: it stays anyway."""
    gc.collect()
    gc.freeze()


def give_back() -> None:
    """Collect what is in circles, and give the free memory back."""
    gc.collect()
    _of_glibc("malloc_trim", 0)


def _of_glibc(name: str, *numbers: int) -> None:
    """Call a function of the C library where it has one of this name; elsewhere do nothing."""
    try:
        function = getattr(ctypes.CDLL(None), name)
    except (AttributeError, OSError):
        return
    function(*numbers)
