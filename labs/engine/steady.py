"""The steady state before any load: what every service here does works, and the pools are open.

Whoever fails in it gets one more start. On a busy machine the first call of a process that has just
started may take longer than somebody's patience; whoever is broken fails again.

Where a lab asks Prometheus, it has looked at everybody before the load: one that has just started
takes seconds to find its targets, and until then its panels are empty whoever wrote the metrics.
"""

from __future__ import annotations

import time

from labs.engine.model import Lab
from labs.engine.probes import INSTANCES, Probes, Refused
from labs.engine.prometheus import scrapes
from labs.engine.warm import Address, warm
from stack.warden.client import Warden

LOOKS = 3  # a rate needs two, and the next one may be late
LOOKED_WITHIN_S = 15.0  # it passes new targets on every 5 s, and looks at them within one more


def reach(lab: Lab, probes: Probes, warden: Warden, address: Address, seed: str) -> None:
    """Reach it, or raise Refused with what was answered instead."""
    if "prometheus" in lab.needs:
        _looked_at(address("prometheus"))
    try:
        _reach(lab, probes, address)
    except Refused:
        for name in INSTANCES:
            warden.process(name, "restart")
        warden.reset(seed)
        _reach(lab, probes, address)


def _reach(lab: Lab, probes: Probes, address: Address) -> None:
    probes.prepare()
    warm(lab, address)


def _looked_at(prometheus: str) -> None:
    """Wait until Prometheus looks at all services; what it does not see, the lab's claims say."""
    deadline = time.monotonic() + LOOKED_WITHIN_S
    while scrapes(prometheus) < LOOKS and time.monotonic() < deadline:
        time.sleep(0.1)
