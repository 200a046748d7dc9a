"""One line of a checklist: what was claimed, measured and needed."""

from __future__ import annotations

from dataclasses import dataclass

NOTHING = 1e-9


@dataclass(frozen=True, slots=True)
class Result:
    """A claim or a guard, held against one run; `ok` None: not measured."""

    id: str
    says: str
    measured: float | None
    needed: str
    unit: str
    ok: bool | None
    felt: str = ""
    traded: str = ""
    stretch: bool = False
    samples: int = 0

    @property
    def figures(self) -> str:
        """What was measured and what was needed, in words."""
        if self.measured is None:
            return f"not measured, needed {self.needed} {self.unit}".rstrip()
        return f"{spoken(self.measured)} {self.unit}".rstrip() + f", needed {self.needed}"


def spoken(value: float) -> str:
    """Return a number as a person would say it: three figures, no trailing zeros.

    What is left when floats that should cancel are added up is nothing.
    """
    if abs(value) < NOTHING:
        return "0"
    if value == int(value) and abs(value) < 1e6:
        return str(int(value))
    if abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.3g}"
