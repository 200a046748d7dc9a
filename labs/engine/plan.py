"""From lab.toml to what the load generator reads: codes expanded, names turned into addresses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from labs.engine.model import Lab, Phase
from labs.engine.seed import accounts_of, codes_of

SEED = 7  # the same arrivals every time: two runs differ by the code, not by the dice
Address = Callable[[str], str]


def plan_of(lab: Lab, address: Address) -> dict[str, Any]:
    """Return the plan of a lab's load; `t0` is added when the generator has set it."""
    return {
        "lab": lab.number,
        "base_url": address("edge"),
        "seed": SEED,
        "t0": None,
        "timeout_s": lab.timeout_s,
        "length_s": lab.length_s,
        "phases": [_phase(lab, phase, address) for phase in lab.load],
    }


def _phase(lab: Lab, phase: Phase, address: Address) -> dict[str, Any]:
    args = dict(phase.args)
    if "codes" in args:
        args["codes"] = [code for wanted in args["codes"] for code in codes_of(lab, wanted)]
    if isinstance(args.get("accounts"), list):
        args["accounts"] = [one for wanted in args["accounts"] for one in accounts_of(lab, wanted)]
    if "instances" in args:
        args["instances"] = [address(name) for name in args["instances"]]
    return {
        "name": phase.name,
        "start_s": phase.start_s,
        "duration_s": phase.duration_s,
        "shape": dict(phase.shape),
        "user": phase.user,
        "args": args,
        "base_url": address(phase.to),
    }
