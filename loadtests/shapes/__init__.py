"""Load shapes: one curve of offered load per file, and the table of them."""

from collections.abc import Mapping
from dataclasses import fields
from math import isfinite
from typing import Any

from loadtests.bad_plan import BadPlan
from loadtests.shapes.burst import Burst
from loadtests.shapes.crawler import Crawler
from loadtests.shapes.curve import Shape
from loadtests.shapes.login_storm import LoginStorm
from loadtests.shapes.race import Race
from loadtests.shapes.ramp import Ramp
from loadtests.shapes.spike import Spike
from loadtests.shapes.staircase import Staircase
from loadtests.shapes.steady import Steady
from loadtests.shapes.viral import Viral

SHAPES: dict[str, type[Any]] = {
    "steady": Steady,
    "ramp": Ramp,
    "spike": Spike,
    "burst": Burst,
    "race": Race,
    "viral": Viral,
    "crawler": Crawler,
    "login_storm": LoginStorm,
    "staircase": Staircase,
}


def shape_of(spec: Mapping[str, Any]) -> Shape:
    """Build what `{"kind": "spike", "base_rps": 20, ...}` describes, or say what is wrong."""
    given = dict(spec)
    kind = given.pop("kind", None)
    if kind not in SHAPES:
        raise BadPlan(f"there is no shape {kind!r}; there are {', '.join(sorted(SHAPES))}")
    known = {field.name for field in fields(SHAPES[kind])}
    if strange := sorted(set(given) - known):
        raise BadPlan(f"shape {kind!r} has no {', '.join(strange)}; it has {', '.join(known)}")
    for name, value in given.items():
        _check(kind, name, value)
    given = {name: tuple(v) if isinstance(v, list) else v for name, v in given.items()}
    try:
        shape: Shape = SHAPES[kind](**given)
    except TypeError as missing:
        raise BadPlan(f"shape {kind!r}: {missing}") from missing
    return shape


def _check(kind: str, name: str, value: Any) -> None:
    if name == "spacing":
        if value not in ("poisson", "even"):
            raise BadPlan(f"shape {kind!r}: spacing is poisson or even, not {value!r}")
        return
    for number in value if isinstance(value, list | tuple) else [value]:
        if isinstance(number, bool) or not isinstance(number, int | float):
            raise BadPlan(f"shape {kind!r}: {name} is a number, not {number!r}")
        if not isfinite(number) or number < 0:
            raise BadPlan(f"shape {kind!r}: {name} is {number}, and cannot be")


__all__ = ["SHAPES", "Shape", "shape_of"]
