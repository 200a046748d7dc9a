"""The steady state before any load: what every service here does works, and the pools are open.

Whoever fails in it gets one more start. On a busy machine the first call of a process that has just
started may take longer than somebody's patience; whoever is broken fails again.
"""

from __future__ import annotations

from labs.engine.model import Lab
from labs.engine.probes import INSTANCES, Probes, Refused
from labs.engine.warm import Address, warm
from stack.warden.client import Warden


def reach(lab: Lab, probes: Probes, warden: Warden, address: Address, seed: str) -> None:
    """Reach it, or raise Refused with what was answered instead."""
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
