"""All toxics, in one visible table. Adding one: a file here, and a line in TOXICS."""

from dataclasses import asdict, fields, replace
from typing import Any

from chaos.proxy.toxics.bandwidth import Bandwidth
from chaos.proxy.toxics.latency import Latency
from chaos.proxy.toxics.limit_data import LimitData
from chaos.proxy.toxics.noop import Noop
from chaos.proxy.toxics.reset_peer import ResetPeer
from chaos.proxy.toxics.slicer import Slicer
from chaos.proxy.toxics.slow_close import SlowClose
from chaos.proxy.toxics.timeout import Timeout
from chaos.proxy.toxics.toxic import End, Piece, Planned, Toxic

__all__ = ["TOXICS", "End", "Piece", "Planned", "Toxic", "attributes", "changed"]

TOXICS: dict[str, type[Toxic]] = {
    "noop": Noop,
    "latency": Latency,
    "bandwidth": Bandwidth,
    "slow_close": SlowClose,
    "timeout": Timeout,
    "reset_peer": ResetPeer,
    "slicer": Slicer,
    "limit_data": LimitData,
}


def attributes(toxic: Toxic) -> dict[str, int]:
    """Return the attributes as JSON shows them."""
    return asdict(toxic)  # type: ignore[call-overload, no-any-return]  # every toxic is a dataclass


def changed(toxic: Toxic, wanted: Any) -> Toxic:
    """Return the toxic with some attributes changed; ValueError says what is wrong with them.

    A misspelt attribute is an error: a fault that silently does nothing is worse than none.
    """
    if not isinstance(wanted, dict):
        raise ValueError("attributes must be an object")  # noqa: TRY004 - one exception type
    known = {field.name for field in fields(toxic)}  # type: ignore[arg-type]
    for name, value in wanted.items():
        if name not in known:
            raise ValueError(f"unknown attribute {name}; known: {', '.join(sorted(known))}")
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise ValueError(f"attribute {name} must be an integer of at least 0")
    return replace(toxic, **wanted)  # type: ignore[type-var]
