"""Who used the processors during a run: the services, the lab around them, or somebody else?

What the services burn is the learner's. What others burn is a cause outside the workspace: an idle
process is still woken in time on a machine that has nothing left for two busy ones, so the canary
alone does not see it.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterable, Mapping
from operator import itemgetter
from typing import Any

import psutil

from stack import runtime

NAMED = 3  # strangers that are named, the busiest first
SERVICES = ("shortener", "relay", "analytics")  # the partner is a third party, never the learner's


class Meter:
    """Looks at the start, now and then, and at the end; the time between is what counts."""

    def __init__(self, warden_pid: int | None = None) -> None:
        self._roots = [pid for pid in (warden_pid, os.getpid()) if pid]
        self._busy_s, nicer_s, self._all_s = _machine()
        self._ours_first = _used(_family(self._roots))
        self._everybody_first = _used(psutil.pids())
        self._first: dict[int, float] = {}
        self._latest: dict[int, float] = {}
        self._windows: list[tuple[float, float, float, float]] = []
        ours_s = sum(self._ours_first.values())
        self._window_began = (time.time(), self._busy_s, nicer_s, self._all_s, ours_s)

    def also(self, root: int | None) -> None:
        """Count one more process and its children as ours: a warden that was started meanwhile."""
        if root and root not in self._roots:
            self._roots.append(root)

    def look(self, pids: Iterable[int]) -> None:
        """Note what these services have used until now; what they used before does not count."""
        for pid, used_s in _used(pids).items():
            self._first.setdefault(pid, used_s)
            self._latest[pid] = used_s
        self._note_window()

    def report(self) -> dict[str, Any]:
        """Return the share of all processor time that services and strangers had."""
        busy_s, _, all_s = _machine()
        took_s = max(0.001, all_s - self._all_s)
        services_s = sum(self._latest[pid] - self._first[pid] for pid in self._latest)
        ours = _used(_family(self._roots))
        ours_s = sum(ours.values()) - sum(self._ours_first.values())
        others = [(name, round(used_s / took_s, 4)) for name, used_s in self._strangers(ours)]
        others_s = max(0.0, busy_s - self._busy_s - ours_s)
        return {
            "services_share": round(services_s / took_s, 4),
            "ours_share": round(ours_s / took_s, 4),
            "others_share": round(others_s / took_s, 4),
            "others": others,
            "windows": self._windows,
        }

    def _note_window(self) -> None:
        """Note the share that others had since the look before: an average hides a burst."""
        began, busy_s, nicer_s, all_s, ours_s = self._window_began
        now, (busy_now_s, nicer_now_s, all_now_s) = time.time(), _machine()
        ours_now_s = sum(_used(_family(self._roots)).values())
        took_s = max(0.001, all_now_s - all_s)
        others_s = max(0.0, busy_now_s - busy_s - max(0.0, ours_now_s - ours_s))
        shares = [others_s / took_s, (others_s + nicer_now_s - nicer_s) / took_s]
        share, with_nicer = (round(min(1.0, one), 4) for one in shares)
        self._windows.append((round(began, 3), round(now, 3), share, with_nicer))
        self._window_began = (now, busy_now_s, nicer_now_s, all_now_s, ours_now_s)

    def _strangers(self, ours: Iterable[int]) -> list[tuple[str, float]]:
        """Return who used most besides the lab, by name; who has ended already is not seen."""
        known = {*ours, *self._ours_first, *self._latest}
        used: dict[str, float] = {}
        for pid, used_s in _used(set(psutil.pids()) - known).items():
            with contextlib.suppress(psutil.Error):
                name = psutil.Process(pid).name()
                more_s = max(0.0, used_s - self._everybody_first.get(pid, 0.0))
                used[name] = used.get(name, 0.0) + more_s
        return sorted(used.items(), key=itemgetter(1), reverse=True)[:NAMED]


def service_pids(components: Iterable[Mapping[str, object]]) -> list[int]:
    """Return the pids of the learner's services among the warden's components."""
    return [
        int(str(component["pid"]))
        for component in components
        if component.get("pid") and str(component["name"]).startswith(SERVICES)
    ]


def _machine() -> tuple[float, float, float]:
    """Return the seconds of all processors: busy, busy with what is nicer, altogether.

    Stolen ones are busy. What is nicer than the lab takes only what it leaves.
    """
    times = psutil.cpu_times()._asdict()
    guest_s = times.get("guest", 0.0) + times.get("guest_nice", 0.0)
    nicer_s = times.get("nice", 0.0)
    all_s = sum(times.values()) - guest_s
    free_s = times["idle"] + times.get("iowait", 0.0)
    return all_s - free_s - nicer_s, nicer_s, all_s


def _family(roots: Iterable[int]) -> list[int]:
    """Return these processes and all that descend from them."""
    if runtime.in_compose():  # nobody else's processes can be seen there
        return psutil.pids()
    found: list[int] = []
    for root in roots:
        try:
            process = psutil.Process(root)
            found += [root, *(child.pid for child in process.children(recursive=True))]
        except psutil.Error:
            continue
    return found


def _used(pids: Iterable[int]) -> dict[int, float]:
    used: dict[int, float] = {}
    for pid in pids:
        try:
            times = psutil.Process(pid).cpu_times()
        except psutil.Error:
            continue
        # Children that have ended are in the times of who waited for them: what a service burned
        # before it was killed is still ours.
        reaped_s = getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0)
        used[pid] = times.user + times.system + reaped_s
    return used
