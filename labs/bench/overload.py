"""Three times what the system can do: what is left of its goodput, and how it says no.

On the knee's ground: redirects of cold links, with a ceiling that is modelled (round trips on a
slow wire, `labs/knee/ground.py`), so that what is overloaded is a queue in front of the database
and not this machine. Each round offers its capacity, then three times that, then half: peak and
overload are compared within a round. A visit to a cached link every 50 ms tells whether the others
notice.
"""

import asyncio
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from labs.bench import deployed
from labs.bench.rounds import Spread
from labs.bench.shed import PATIENCE_S, Round, Span, round_of
from labs.bench.usage import Usage
from labs.knee import ground
from loadtests.running import running
from stack.home import CHECKOUT, Home
from stack.trouble import Trouble
from stack.warden.client import Warden

TIMES_CAPACITY = 3.0
AFTER_S = 5.0  # from then on all is well again
INSTANCES = ("shortener-a", "shortener-b")
MOST_CPU_SHARE = 0.7  # of a core, for the generator
_WARM_S = 3.0
# (what a round does, for how long, at which share of capacity)
_STEPS = (
    ("capacity", 4.0, 1.0),
    ("overload", 6.0, TIMES_CAPACITY),
    ("calm", AFTER_S, 0.5),
    ("after", 3.0, 0.5),
)
_CACHED_RPS = 20
_GRACE_S = 30.0
_LOOK_EVERY_S = 0.1


@dataclass(frozen=True, slots=True)
class Answer:
    """Every round, and the memory of both shorteners over all of them."""

    rounds: list[Round]
    ceiling_rps: float
    grown_mib: float  # most during the rounds, less what it was before the first

    @property
    def ratio(self) -> Spread:
        """Goodput under overload over goodput at capacity."""
        return Spread.of([r.ratio for r in self.rounds])

    def as_dict(self) -> dict[str, Any]:
        """Everything that `--json` prints."""
        return {
            "ratio": round(self.ratio.median, 3),
            "rounds": len(self.rounds),
            "ratio_spread": self.ratio.as_dict(),
            "times_capacity": TIMES_CAPACITY,
            "ceiling_rps": round(self.ceiling_rps),
            "patience_s": PATIENCE_S,
            "memory_grown_mib": round(self.grown_mib, 1),
            "other_failures": sum(r.other_failures for r in self.rounds),
            "refusals_without_retry_after": sum(r.without_retry_after for r in self.rounds),
            "by_round": [r.as_dict() for r in self.rounds],
        }

    def lines(self) -> Iterator[str]:
        """Say the same to a person."""
        yield "round   peak/s   offered/s   goodput/s   ratio   refused   in ms   other  well after"
        for number, one in enumerate(self.rounds, 1):
            yield (
                f"{number:>5}   {one.peak_rps:>6.0f}   {one.offered_rps:>9.0f}"
                f"   {one.goodput_rps:>9.0f}   {one.ratio:>5.2f}   {one.refused:>7}"
                f"   {one.refusal_p50_ms:>5.0f}   {one.other_failures:>5}   {one.well_after:>9.0%}"
            )
        yield (
            f"median: {self.ratio.median:.2f} of its peak at {TIMES_CAPACITY:g} times capacity,"
            f" counting answers within {PATIENCE_S:g} s; memory grew by {self.grown_mib:.0f} MiB"
        )


def measure(home: Home, *, rounds: int) -> Answer:
    """Bring the whole way from the edge up, overload it, and leave it clean."""
    warden = Warden(home)
    warden.up(("edge",), CHECKOUT, {}, deployed.DATABASE)
    warden.reset()
    try:
        return _measure(home, warden, rounds)
    finally:
        warden.reset()


def plan_of(edge_url: str, rounds: int) -> tuple[dict[str, Any], list[dict[str, Span]]]:
    """The load, and when each step of each round is; the links are handed out later."""
    warm = {"kind": "burst", "count": 48}
    phases = [_phase("warm", 0.0, _WARM_S, warm)]
    spans: list[dict[str, Span]] = []
    at_s = _WARM_S
    for number in range(1, rounds + 1):
        spans.append({})
        for name, seconds, share in _STEPS:
            shape = {"kind": "steady", "rps": round(share * ground.CEILING_RPS)}
            phases.append(_phase(f"{name} {number}", at_s, seconds, shape))
            spans[-1][name] = Span(f"{name} {number}", at_s, seconds)
            at_s += seconds
    cached = _phase("cached", 0.0, at_s, {"kind": "steady", "rps": _CACHED_RPS})
    cached["args"]["codes"] = [deployed.CODE]
    return {"base_url": edge_url, "seed": 1, "phases": [*phases, cached]}, spans


def _phase(name: str, start_s: float, duration_s: float, shape: dict[str, Any]) -> dict[str, Any]:
    args = {
        "codes": list(ground.NONE_YET),
        "pick": "round_robin",
        "keep_headers": ["retry-after"],
    }
    phase = {"name": name, "start_s": start_s, "duration_s": duration_s, "shape": shape}
    return {**phase, "user": "visitor", "args": args}


def _measure(home: Home, warden: Warden, rounds: int) -> Answer:
    plan, spans = plan_of(home.url("edge"), rounds)
    length_s = max(phase["start_s"] + phase["duration_s"] for phase in plan["phases"])
    places = ground.places(home)
    wire_ms = ground.wire_ms(places)
    dsn = home.dsn(direct=True, database=deployed.DATABASE)
    asyncio.run(deployed.lay_in_one_link(home))
    with ground.cold_links(dsn, ground.visits(plan).total()) as codes:
        ground.hand_out(plan, codes)
        with ground.slow_wire(warden, wire_ms, length_s + _GRACE_S):
            before = ground.held(home)
            figures, usage = _drive(warden, plan, spans)
            hold_s = ground.ROUND_TRIPS * ground.held(home).mean_since_s(before)
    return Answer(figures, places / hold_s, usage.grown_mib())


def _drive(
    warden: Warden, plan: dict[str, Any], spans: list[dict[str, Span]]
) -> tuple[list[Round], Usage]:
    pids = {c["name"]: c["pid"] for c in warden.status()["components"]}
    with (
        tempfile.TemporaryDirectory(prefix="lab-overload-") as folder,
        running(plan, Path(folder)) as drive,  # no run's secret: traces are sampled as shipped
    ):
        usage = Usage(psutil.Process(drive.process.pid), _processes(pids))
        t0 = drive.t0()
        while not drive.ended():
            usage.look(time.time())
            time.sleep(_LOOK_EVERY_S)
        rows = drive.finish().rows
    figures = [round_of(steps, rows, t0, usage) for steps in spans]
    for one in figures:
        _refuse_a_busy_generator(one)
    return figures, usage


def _processes(pids: dict[str, int]) -> list[psutil.Process]:
    return [psutil.Process(pids[name]) for name in INSTANCES]


def _refuse_a_busy_generator(one: Round) -> None:
    if one.generator_cpu_share > MOST_CPU_SHARE or not one.honest:
        raise Trouble(
            f"The load generator used {one.generator_cpu_share:.0%} of a core and was"
            f" {one.schedule_error_p99_ms:.0f} ms late: what is overloaded may be the generator.",
            "./lab doctor --load",
        )
