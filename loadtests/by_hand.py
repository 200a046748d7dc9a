"""A plan from a few words, for whoever types one: `--shape spike --rps 300 --seconds 20`."""

from collections.abc import Callable, Mapping
from typing import Any

from loadtests.bad_plan import BadPlan

Curve = Callable[[float, float], dict[str, Any]]

# What "300 a second for 20 seconds" means for each shape: `rps` is always the most there will be.
BY_HAND: dict[str, Curve] = {
    "steady": lambda rps, _seconds: {"rps": rps},
    "ramp": lambda rps, seconds: {"from_rps": rps / 10, "to_rps": rps, "over_s": seconds},
    "spike": lambda rps, seconds: {
        "base_rps": rps / 6,
        "peak_rps": rps,
        "at_s": seconds / 4,
        "for_s": seconds / 2,
    },
    "viral": lambda rps, seconds: {
        "base_rps": rps / 20,
        "peak_rps": rps,
        "at_s": seconds / 10,
        "rise_s": seconds / 10,
        "half_life_s": seconds / 5,
    },
    "crawler": lambda rps, seconds: {
        "batch": rps * seconds / 10,
        "rps": rps,
        "every_s": seconds / 5,
    },
    "login_storm": lambda rps, seconds: {"count": rps * seconds / 6, "within_s": seconds / 2},
    "burst": lambda rps, _seconds: {"count": int(rps)},
}


def shape_by_hand(kind: str, rps: float, seconds: float) -> dict[str, Any]:
    """Return the shape that a few words mean, or say which there are."""
    if kind not in BY_HAND:
        raise BadPlan(f"there is no shape {kind!r} by hand; there are {', '.join(sorted(BY_HAND))}")
    return {"kind": kind, **BY_HAND[kind](rps, seconds)}


def plan_by_hand(
    base_url: str, shape: Mapping[str, Any], seconds: float, user: str, args: Mapping[str, Any]
) -> dict[str, Any]:
    """Return a plan of a single phase."""
    phase = {"name": "hand", "start_s": 0, "duration_s": seconds, "shape": shape}
    phase |= {"user": user, "args": args}
    return {"base_url": base_url, "phases": [phase]}
