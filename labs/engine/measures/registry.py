"""What a measure is, and the table that a lab's claims name them from."""

from __future__ import annotations

import importlib.util
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labs.engine.evidence import Evidence


@dataclass(frozen=True, slots=True)
class Measured:
    """A number, and how much it rests on; None when the run did not show it."""

    value: float | None
    samples: int = 0


MeasureFunction = Callable[..., Measured]


@dataclass(frozen=True, slots=True)
class Measure:
    """One way to read a number from the evidence of a run."""

    name: str
    unit: str
    read: MeasureFunction
    only_grows: bool = False  # a bound once broken stays broken: decided before the run is over

    @property
    def says(self) -> str:
        """Its first line of documentation."""
        return (inspect.getdoc(self.read) or "").partition("\n")[0]

    @property
    def takes(self) -> list[str]:
        """What `of` may name; what it must name has no question mark."""
        _, *named = inspect.signature(self.read).parameters.values()
        return [f"{one.name}{'' if one.default is one.empty else '?'}" for one in named]

    def refuses(self, of: Mapping[str, Any]) -> str:
        """Return what is wrong with these arguments; empty when nothing is."""
        try:
            inspect.signature(self.read).bind(None, **of)
        except TypeError as error:
            return str(error)
        return ""

    def __call__(self, evidence: Evidence, of: Mapping[str, Any]) -> Measured:
        """Read the number."""
        return self.read(evidence, **of)


Table = dict[str, Measure]


def measure(
    table: Table, unit: str, *, only_grows: bool = False
) -> Callable[[MeasureFunction], MeasureFunction]:
    """Enter a function into a table of measures under its own name."""

    def enter(function: MeasureFunction) -> MeasureFunction:
        table[function.__name__] = Measure(function.__name__, unit, function, only_grows)
        return function

    return enter


def load_claims(folder: Path) -> tuple[Table, dict[str, Callable[..., Any]]]:
    """Import a lab's claims.py, if it has one: its MEASURES and its ACTIONS."""
    path = folder / "claims.py"
    if not path.exists():
        return {}, {}
    spec = importlib.util.spec_from_file_location(f"claims_of_{folder.name}", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return dict(getattr(module, "MEASURES", {})), dict(getattr(module, "ACTIONS", {}))
