"""Who used the processors during a run: the services, or somebody else?"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping
from typing import Any

import psutil

SERVICES = ("shortener", "relay", "analytics")  # the partner is a third party, never the learner's


class Meter:
    """Sums up the processor seconds of the services; looked at now and then, as pids change."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._first: dict[int, float] = {}
        self._latest: dict[int, float] = {}

    def look(self, pids: Iterable[int]) -> None:
        """Note what these processes have used until now; what they used before does not count."""
        for pid in pids:
            for process in _family(pid):
                try:
                    times = process.cpu_times()
                except psutil.Error:
                    continue
                used_s = times.user + times.system
                self._first.setdefault(process.pid, used_s)
                self._latest[process.pid] = used_s

    def report(self) -> dict[str, Any]:
        """Return the services' share of all processors over the time since the start."""
        took_s = max(0.001, time.monotonic() - self._began)
        used_s = sum(self._latest[pid] - self._first[pid] for pid in self._latest)
        capacity_s = took_s * (os.cpu_count() or 1)
        return {"services_s": round(used_s, 3), "services_share": round(used_s / capacity_s, 4)}


def service_pids(components: Iterable[Mapping[str, object]]) -> list[int]:
    """Return the pids of the learner's services among the warden's components."""
    return [
        int(str(component["pid"]))
        for component in components
        if component.get("pid") and str(component["name"]).startswith(SERVICES)
    ]


def _family(pid: int) -> list[psutil.Process]:
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.Error:
        return []
