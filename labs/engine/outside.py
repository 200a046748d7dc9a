"""What no code in the workspace could have done, and so makes a run say nothing about it.

The other half of the rule: a processor that the services burned themselves is the learner's. Then
a late generator is a symptom, and the run is judged.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from labs.engine.crowd import crowded_s
from labs.engine.evidence import Evidence

SENT_AT_LEAST = 0.9  # of what was planned
SENT_LATE_P99_MS = 250.0
CANARY_WORST_S = 1.0  # an idle process that sleeps 10 ms was not woken for this long
CANARY_SHARE = 0.10  # of the run, in delays of more than 50 ms
SERVICES_BURN = 0.6  # of the machine's processors, used by the services themselves
WORTH_NAMING = 0.01  # of the machine's processors, used by one process
# Of the machine's processors, used by processes that are not the lab's. One busy core of two (0.5)
# must not matter; at 0.57, 0.59 and 0.64 right code was seen to fail (the edge's health checks of
# both instances timed out, with the services at 0.14 and 0.21), so such a run says nothing.
OTHERS_BURN = 0.55
# What the grader does at its second. Up to 0.37 s was seen beside a busy core; right repairs failed
# when a fault came 0.84 s late, into the middle of the requests that it was to precede.
LATE_S = 0.5
AT_ONCE = ("toxic", "proxy_down", "partner", "kill", "pause", "redis_pause")  # nothing of the
# workspace's can delay these; a lock on a table is waited for, and a skewed clock believed


def outside_causes(evidence: Evidence) -> list[str]:
    """Return the outside causes of a run, each a sentence; empty when there are none."""
    causes = [*_void(evidence), *_faults(evidence), *_problems(evidence), *_suspended(evidence)]
    if not services_burned(evidence):
        causes += [*others(evidence), *_load(evidence), *canary(evidence), *crowd(evidence)]
        causes += late(evidence)
    return causes


def services_burned(evidence: Evidence) -> bool:
    """Whether the services themselves took the machine's processors."""
    told = evidence.of_kind("cpu")
    return bool(told) and float(told[-1].data.get("services_share", 0.0)) >= SERVICES_BURN


def _void(evidence: Evidence) -> Iterator[str]:
    for event in evidence.of_kind("instance"):
        ran, wanted = event.data.get("code"), event.data.get("wanted")
        if ran and ran != wanted:
            yield f"{event.name} ran code {ran} while the workspace was {wanted}: saved meanwhile?"


def _faults(evidence: Evidence) -> Iterator[str]:
    for fault in evidence.lab.fault:
        if not evidence.named("fault_on", fault.name):
            yield f"the fault {fault.name} could not be put on."
            continue
        probes = evidence.named("probe", fault.name)
        off = [probe for probe in probes if not probe.data.get("on")]
        if not probes:
            yield f"nobody could tell whether the fault {fault.name} was on."
        elif off:
            seen = off[0].data.get("seen", "")
            yield f"the fault {fault.name} was not on when it was probed ({seen})."


def _problems(evidence: Evidence) -> Iterator[str]:
    for event in evidence.of_kind("problem"):
        yield str(event.data.get("says") or event.name)


def _load(evidence: Evidence) -> Iterator[str]:
    summary = evidence.summary
    if not summary:
        yield "the load generator left no summary."
        return
    planned, sent = float(summary.get("planned", 0)), float(summary.get("sent", 0))
    late_ms = float(summary.get("schedule_error_p99_ms") or 0.0)
    if planned <= 0 or sent < SENT_AT_LEAST * planned:
        said = f"the load generator sent {sent:.0f} of {planned:.0f} planned requests"
        yield f"{said} (needed: {SENT_AT_LEAST:.0%}){_who(evidence)}."
    elif late_ms > SENT_LATE_P99_MS:
        said = f"the load generator was late: {late_ms:.0f} ms at p99"
        yield f"{said} (at most {SENT_LATE_P99_MS:.0f} ms){_who(evidence)}."


def others(evidence: Evidence) -> Iterator[str]:
    """Yield a sentence when processes that are not the lab's took the machine."""
    for event in evidence.of_kind("cpu"):
        if said := taken_by_others(event.data):
            yield said


def taken_by_others(report: Mapping[str, Any]) -> str:
    """Say in a sentence that others had the processors; empty when they had not."""
    share = float(report.get("others_share", 0.0))
    if share <= OTHERS_BURN:
        return ""
    said = f"the machine was busy: other processes used {share:.0%} of its processors"
    return f"{said} (at most {OTHERS_BURN:.0%}){_named(report)}."


def _suspended(evidence: Evidence) -> Iterator[str]:
    for event in evidence.of_kind("canary"):
        away_s = float(event.data.get("suspended_s", 0.0))
        if away_s > CANARY_WORST_S:
            yield f"the machine slept for {away_s:.0f} s in the middle of the run."


def canary(evidence: Evidence) -> Iterator[str]:
    """Yield a sentence when an idle process was not woken in time."""
    for event in evidence.of_kind("canary"):
        worst_s = float(event.data.get("worst_s", 0.0))
        late_share = float(event.data.get("late_share", 0.0))
        if worst_s > CANARY_WORST_S:
            said = f"the machine was busy: an idle process was not woken for {worst_s:.1f} s"
            yield f"{said} (at most {CANARY_WORST_S:g} s){_who(evidence)}."
        elif late_share > CANARY_SHARE:
            said = f"the machine was busy: an idle process was late for {late_share:.0%} of the run"
            yield f"{said} (at most {CANARY_SHARE:.0%}){_who(evidence)}."


def crowd(evidence: Evidence) -> Iterator[str]:
    """Yield a sentence when others had the machine for a while, and the lab felt it."""
    used, noticed = evidence.of_kind("cpu"), evidence.of_kind("canary")
    if not used or not noticed:
        return
    windows, work = used[-1].data.get("windows", ()), noticed[-1].data.get("work", ())
    if for_s := crowded_s(windows, work):
        said = f"the machine was busy: for {for_s:.1f} s others left the lab too little of it"
        yield f"{said}{_who(evidence)}."


def late(evidence: Evidence) -> Iterator[str]:
    """Yield a sentence for each fault or action that did not come at its second."""
    for fault in evidence.lab.fault:
        for event in evidence.named("fault_on", fault.name):
            by_s = event.at_s - fault.at_s
            if by_s > LATE_S and fault.spec.get("kind") in AT_ONCE:
                yield _came_late(f"the fault {fault.name}", by_s)
    for event in evidence.of_kind("action"):
        if (by_s := float(event.data.get("late_s", 0.0))) > LATE_S:
            yield _came_late(event.name, by_s)


def _came_late(what: str, by_s: float) -> str:
    return f"the machine was busy: {what} came {by_s:.1f} s late (at most {LATE_S:g} s)."


def _who(evidence: Evidence) -> str:
    told = evidence.of_kind("cpu")
    return _named(told[-1].data) if told else ""


def _named(report: Mapping[str, Any]) -> str:
    """Name the processes that used the processors besides the lab, where any did."""
    named = report.get("others", ())
    busy = [f"{name} {share:.0%}" for name, share in named if share >= WORTH_NAMING]
    return f"; busy besides the lab: {', '.join(busy)} of all processors" if busy else ""
