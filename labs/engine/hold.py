"""An outage that stays on: the same lab with its long load and long faults drawn out.

What is short on the timeline (a burst, a crash) happens once, as it would in a run; what fills most
of it goes on until somebody has seen enough.
"""

from __future__ import annotations

from labs.engine.model import Fault, Lab, Phase

LONG = 0.4  # of the timeline
LONGEST_S = 15 * 60.0
NET_S = 10.0  # a fault is given to the warden for a little longer than it is meant to last


def held(lab: Lab, for_s: float) -> Lab:
    """Return a copy of the lab whose long phases and faults last `for_s` seconds."""
    length_s = lab.length_s
    for_s = min(for_s, LONGEST_S - NET_S)  # the warden keeps no fault on for longer than LONGEST_S
    load = tuple(_phase(phase, length_s, for_s) for phase in lab.load)
    fault = tuple(_fault(fault, length_s, for_s) for fault in lab.fault)
    return lab.model_copy(update={"load": load, "fault": fault})


def _phase(phase: Phase, length_s: float, for_s: float) -> Phase:
    if phase.duration_s < LONG * length_s or phase.shape.get("kind") != "steady":
        return phase
    return phase.model_copy(update={"duration_s": max(phase.duration_s, for_s - phase.start_s)})


def _fault(fault: Fault, length_s: float, for_s: float) -> Fault:
    if fault.for_s < LONG * length_s:
        return fault
    return fault.model_copy(update={"for_s": max(fault.for_s, for_s - fault.at_s)})
