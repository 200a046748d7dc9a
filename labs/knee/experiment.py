"""Climb a staircase of load until goodput bends."""

import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from labs.knee.bound import LittleBound
from labs.knee.ground import (
    CEILING_RPS,
    NONE_YET,
    ROUND_TRIPS,
    cold_links,
    hand_out,
    held,
    places,
    slow_wire,
    wire_ms,
)
from labs.knee.steps import BENT_STEPS, MOST_CPU_SHARE, Point, Step, bent, knee, point_of
from labs.knee.usl import Usl, fit
from loadtests import ledger
from loadtests.plan import arrivals_of, plan_of
from loadtests.running import Running, running
from stack.home import Home
from stack.trouble import Trouble
from stack.warden.client import Warden

SHARES = (0.15, 0.35, 0.55, 0.7, 0.8, 0.9, 1.0, 1.1, 1.25, 1.5)  # of the ceiling
WARM_S = 2.5
LONGEST_S = 120.0
_GRACE_S = 30.0
_TICK_S = 0.2

Tell = Callable[[Point], None]


@dataclass(frozen=True, slots=True)
class Measured:
    """A staircase that was climbed, and what it shows."""

    points: tuple[Point, ...]
    bound: LittleBound
    law: Usl | None
    at: Point | None  # the knee
    wire_ms: int
    code: str
    seconds: float

    @property
    def bends(self) -> bool:
        """Whether goodput left the offered load behind."""
        return bent(self.points)


@dataclass(slots=True)
class Staircase:
    """The plan, and the CPU time that the generator needs for each of its steps."""

    steps: Sequence[Step]
    plan: dict[str, Any]
    due_s: Sequence[float]  # when each request is due on the timeline
    cpu: list[tuple[float, float]] = field(default_factory=list)  # (epoch s, CPU s)

    def look(self, process: psutil.Process, now_s: float) -> None:
        """Note the CPU time used so far."""
        times = process.cpu_times()
        self.cpu.append((now_s, times.user + times.system))

    def cpu_share(self, step: Step, t0: float) -> float:
        """Return the share of a core that the generator used during a step."""
        start_s, end_s = t0 + step.start_s, t0 + step.start_s + step.duration_s
        during = [seen for seen in self.cpu if start_s <= seen[0] <= end_s]
        if len(during) < 2:
            return 0.0
        (from_s, before), (to_s, after) = during[0], during[-1]
        return (after - before) / (to_s - from_s)


def staircase(edge_url: str, of_places: int, step_s: float) -> Staircase:
    """Plan the steps; the codes to visit are filled in later."""
    rates = [round(share * CEILING_RPS) for share in SHARES]
    starts_s = [WARM_S + number * step_s for number in range(len(rates))]
    steps = [
        Step(f"{rps}/s", start_s, step_s, rps) for rps, start_s in zip(rates, starts_s, strict=True)
    ]
    warm = {"kind": "burst", "count": 3 * of_places}  # every connection of the pools is opened
    phases = [_phase("warm", 0.0, WARM_S, warm)]
    phases += [
        _phase(s.name, s.start_s, s.duration_s, {"kind": "steady", "rps": s.rps}) for s in steps
    ]
    plan = {"base_url": edge_url, "seed": 1, "phases": phases}
    return Staircase(steps, plan, [arrival.offset_s for arrival in arrivals_of(plan_of(plan))])


def _phase(name: str, start_s: float, duration_s: float, shape: dict[str, Any]) -> dict[str, Any]:
    args = {"codes": list(NONE_YET), "pick": "round_robin"}
    phase = {"name": name, "start_s": start_s, "duration_s": duration_s, "shape": shape}
    return {**phase, "user": "visitor", "args": args}


def measure(home: Home, step_s: float, tell: Tell) -> Measured:
    """Run it all against the running stack, and leave nothing behind."""
    began_s, warden = time.monotonic(), Warden(home)
    status = warden.status()
    _check(status)
    of_places = places(home)
    stairs = staircase(home.url("edge"), of_places, step_s)
    length_s = WARM_S + step_s * len(stairs.steps)
    if length_s > LONGEST_S:
        raise Trouble(
            f"That takes {length_s:.0f} s, and {LONGEST_S:.0f} is the most.", "./lab knee"
        )
    dsn = home.dsn(direct=True, database=status["database"])
    with cold_links(dsn, len(stairs.due_s)) as codes:
        hand_out(stairs.plan, codes)
        with slow_wire(warden, wire_ms(of_places), length_s + _GRACE_S):
            before = held(home)
            points = _climb(stairs, home.secret("lab-run"), tell)
            hold_s = ROUND_TRIPS * held(home).mean_since_s(before)
    trusted = [point for point in points if point.trusted]
    return Measured(
        points=tuple(points),
        bound=LittleBound(of_places, hold_s, _alone_s(points)),
        law=fit([p.in_flight for p in trusted], [p.goodput_rps for p in trusted]),
        at=knee(points),
        wire_ms=wire_ms(of_places),
        code=status["code"],
        seconds=round(time.monotonic() - began_s, 1),
    )


def _check(status: dict[str, Any]) -> None:
    if "edge" not in {component["name"] for component in status["components"]}:
        raise Trouble("The stack is down.", "./lab up")
    if status["faults"]:
        said = "A fault is on, and the knee would be its knee."
        raise Trouble(said, "./lab chaos list")


def _alone_s(points: Sequence[Point]) -> float:
    """How long a request takes when nobody is in its way: the median of the lowest step."""
    if not points or not points[0].keeps_up:
        said = "The system does not even keep up with the lowest step."
        raise Trouble(said, "./lab status")
    return points[0].p50_ms / 1000


def _climb(stairs: Staircase, run_secret: str, tell: Tell) -> list[Point]:
    """Tell each step as it ends; measure them all again when every request has ended."""
    points: list[Point] = []
    with (
        tempfile.TemporaryDirectory(prefix="lab-knee-") as folder,
        running(stairs.plan, Path(folder), run_secret) as drive,
    ):
        t0 = drive.t0()
        process = psutil.Process(drive.process.pid)
        for step in stairs.steps:
            _wait_for_the_end_of(step, t0, stairs, process, drive)
            rows, _ = ledger.tail(drive.out)
            points.append(point_of(step, rows, t0, stairs.cpu_share(step, t0), stairs.due_s))
            _refuse_a_busy_generator(points[-1])
            tell(points[-1])
            if bent(points, BENT_STEPS + 1):  # one more, for the picture
                drive.stop()
                break
        whole = drive.finish().rows
    climbed = stairs.steps[: len(points)]
    return [point_of(step, whole, t0, stairs.cpu_share(step, t0)) for step in climbed]


def _wait_for_the_end_of(
    step: Step, t0: float, stairs: Staircase, process: psutil.Process, drive: Running
) -> None:
    # A moment longer: what ended in the step must have reached the file.
    end_s = t0 + step.start_s + step.duration_s + 2 * _TICK_S
    while (now_s := time.time()) < end_s and not drive.ended():
        stairs.look(process, now_s)
        time.sleep(min(_TICK_S, max(0.01, end_s - now_s)))


def _refuse_a_busy_generator(point: Point) -> None:
    if point.generator_cpu_share > MOST_CPU_SHARE:
        raise Trouble(
            f"At {point.planned_rps:.0f}/s the load generator used {point.generator_cpu_share:.0%}"
            " of a core: what bends there may be the generator.",
            "./lab doctor",
        )
