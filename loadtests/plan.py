"""The plan of a load: read, checked against our bounds, and laid out as single arrivals.

Bounds come first because a load generator is a weapon: only loopback, at most `MOST_RPS` in any
one second, at most `LONGEST_S`.
"""

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any
from urllib.parse import urlsplit

from loadtests.bad_plan import BadPlan
from loadtests.shapes import Shape, shape_of
from loadtests.users import User, user_of

MOST_RPS = 2_000
LONGEST_S = 900.0
_LUCK = 1.1  # Poisson arrivals of an allowed rate crowd together in some seconds


@dataclass(frozen=True, slots=True)
class Phase:
    """Users of one kind who arrive along one shape, from `start_s` on the plan's timeline."""

    name: str
    start_s: float
    duration_s: float
    shape: Shape
    user: User
    base_url: str
    accounts: int | Sequence[Mapping[str, str]] = 0
    keep_body: bool = False
    keep_headers: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything the drive does, before it does it."""

    seed: int
    t0: float | None  # epoch seconds; None: as soon as the accounts are ready
    timeout_s: float
    phases: tuple[Phase, ...]


@dataclass(frozen=True, slots=True)
class Arrival:
    """One user who arrives at `offset_s` of the timeline, whatever the others are waiting for."""

    n: int  # among all arrivals
    place: int  # among those of its own phase
    offset_s: float
    phase: Phase


def plan_of(raw: Mapping[str, Any]) -> Plan:
    """Read a plan, or raise BadPlan with a sentence that says what is wrong with it."""
    phases = raw.get("phases")
    if not isinstance(phases, list) or not phases:
        raise BadPlan("a plan needs phases")
    try:
        return Plan(
            seed=int(raw.get("seed", 0)),
            t0=None if raw.get("t0") is None else float(raw["t0"]),
            timeout_s=float(raw.get("timeout_s", 10.0)),
            phases=tuple(_phase(phase, raw) for phase in phases),
        )
    except BadPlan:
        raise
    except (TypeError, KeyError, AttributeError, ValueError) as wrong:
        raise BadPlan(f"the plan cannot be read: {wrong!r}") from wrong


def _phase(raw: Mapping[str, Any], plan: Mapping[str, Any]) -> Phase:
    args = dict(raw.get("args") or {})
    start_s, duration_s = float(raw.get("start_s", 0.0)), float(raw["duration_s"])
    if start_s < 0 or duration_s <= 0 or start_s + duration_s > LONGEST_S:
        raise BadPlan(f"phase {raw['name']!r} does not end within {LONGEST_S:.0f} s")
    base_url = loopback(str(raw.get("base_url") or plan["base_url"]))
    for instance in args.get("instances", ()):
        loopback(str(instance))
    return Phase(
        name=str(raw["name"]),
        start_s=start_s,
        duration_s=duration_s,
        shape=shape_of(raw["shape"]),
        base_url=base_url,
        accounts=args.pop("accounts", 0),
        keep_body=bool(args.pop("keep_body", False)),
        keep_headers=tuple(str(name).lower() for name in args.pop("keep_headers", ())),
        headers={**plan.get("headers", {}), **args.pop("headers", {})},
        user=user_of(str(raw["user"]), args),
    )


def loopback(base_url: str) -> str:
    """Return the URL if it is plain HTTP on this very machine; refuse any other."""
    parts = urlsplit(base_url)
    host = "127.0.0.1" if parts.hostname == "localhost" else parts.hostname or ""
    try:
        ours = ipaddress.ip_address(host).is_loopback and parts.port is not None
    except ValueError:
        ours = False
    if parts.scheme != "http" or not ours:
        raise BadPlan(f"load goes to http://127.0.0.1:PORT and nowhere else, not to {base_url!r}")
    return base_url


def arrivals_of(plan: Plan) -> list[Arrival]:
    """Lay the plan out: every arrival of every phase in the order of time, numbered."""
    planned: list[tuple[float, int, int]] = []
    for number, phase in enumerate(plan.phases):
        if phase.shape.expected_count(phase.duration_s) > MOST_RPS * max(1.0, phase.duration_s):
            raise BadPlan(f"phase {phase.name!r} asks for more than {MOST_RPS} requests a second")
        # A generator of its own for each phase: adding a phase does not move another's arrivals.
        rng = Random(f"{plan.seed}/{number}/{phase.name}")  # noqa: S311 - reproducible on purpose
        offsets_s = phase.shape.arrivals(phase.duration_s, rng)
        planned += [(phase.start_s + at_s, number, n) for n, at_s in enumerate(offsets_s)]
    planned.sort()
    _refuse_too_many([offset_s for offset_s, _, _ in planned])
    return [
        Arrival(n, place, offset_s, plan.phases[of])
        for n, (offset_s, of, place) in enumerate(planned)
    ]


def _refuse_too_many(offsets_s: Sequence[float]) -> None:
    oldest = 0
    for newest, offset_s in enumerate(offsets_s):
        while offset_s - offsets_s[oldest] >= 1.0:
            oldest += 1
        if newest - oldest + 1 > MOST_RPS * _LUCK:
            raise BadPlan(f"more than {MOST_RPS} requests within one second, at {offset_s:.1f} s")
