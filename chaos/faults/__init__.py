"""All kinds of faults, in one visible table. Adding one: a file here, and a line in KINDS."""

from typing import Any

from chaos.faults.fault import Fault, Probe
from chaos.trouble import BadFault

__all__ = ["KINDS", "BadFault", "Fault", "Probe", "parse"]

KINDS: dict[str, type[Fault]] = {}


def parse(spec: Any) -> Fault:
    """Return the fault that a JSON spec describes, or raise BadFault with a sentence."""
    if not isinstance(spec, dict):
        raise BadFault("a fault is a JSON object with the field `kind`")
    kind = spec.get("kind")
    if kind not in KINDS:
        raise BadFault(f"there is no fault {kind!r}; there are: {', '.join(sorted(KINDS))}")
    return KINDS[kind].from_json(spec)
