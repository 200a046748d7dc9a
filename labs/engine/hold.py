"""An outage that stays on: the same lab with its long load and long faults drawn out.

What fills most of the timeline goes on until somebody has seen enough. What is short (a burst, a
crash) happens once, as it would in a run: at its second when the long load is under way, and after
it when it came after it, so that it does not lie on top of the outage that is being looked at.
"""

from __future__ import annotations

from typing import TypeVar

from labs.engine.model import Action, Fault, Lab, Phase

Moved = TypeVar("Moved", Phase, Fault, Action)
LONG = 0.4  # of the timeline
LONGEST_S = 15 * 60.0
NET_S = 10.0  # a fault is given to the warden for a little longer than it is meant to last


def held(lab: Lab, for_s: float) -> Lab:
    """Return a copy of the lab whose long phases and faults last `for_s` seconds."""
    for_s = min(for_s, LONGEST_S - NET_S)  # the warden keeps no fault on for longer than LONGEST_S
    long = [phase for phase in lab.load if _is_long(phase, lab)]
    if not long:
        return lab.model_copy(update={"fault": tuple(_fault(f, lab, for_s) for f in lab.fault)})
    ended_s = max(phase.start_s + phase.duration_s for phase in long)
    later_s = max(0.0, for_s - ended_s)

    return lab.model_copy(
        update={
            "load": tuple(
                _drawn_out(phase, for_s)
                if phase in long
                else _from(ended_s, later_s, phase, "start_s")
                for phase in lab.load
            ),
            "fault": tuple(
                _from(ended_s, later_s, _fault(fault, lab, for_s), "at_s") for fault in lab.fault
            ),
            "action": tuple(_from(ended_s, later_s, action, "at_s") for action in lab.action),
        }
    )


def _is_long(phase: Phase, lab: Lab) -> bool:
    return phase.duration_s >= LONG * lab.length_s and phase.shape.get("kind") == "steady"


def _drawn_out(phase: Phase, for_s: float) -> Phase:
    return phase.model_copy(update={"duration_s": max(phase.duration_s, for_s - phase.start_s)})


def _from(ended_s: float, later_s: float, part: Moved, at: str) -> Moved:
    """Return what began after the long load at the same distance after it."""
    at_s = getattr(part, at)
    return part.model_copy(update={at: at_s + later_s}) if at_s >= ended_s else part


def _fault(fault: Fault, lab: Lab, for_s: float) -> Fault:
    if fault.for_s < LONG * lab.length_s:
        return fault
    return fault.model_copy(update={"for_s": max(fault.for_s, for_s - fault.at_s)})
