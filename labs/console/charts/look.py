"""Colours and dashes: a line is told from the others by either of the two alone.

The colours follow Okabe and Ito's set for people who do not tell red from green, darkened or
lightened until each has a contrast of 3 to 1 on its background (WCAG 2.2, 1.4.11; a test computes
it). The dashes repeat after five lines and the colours after seven: 35 lines before a pair repeats.
"""

from dataclasses import dataclass

DASHES: tuple[str | list[int], ...] = ("solid", [7, 4], [2, 3], [10, 3, 2, 3], [14, 5])


@dataclass(frozen=True, slots=True)
class Theme:
    """What a chart is painted with."""

    background: str
    ink: str
    quiet: str  # axes and their numbers
    grid: str
    fault: str  # the area in which a fault was on; its edge and name are in `fault_ink`
    fault_ink: str
    limit: str
    lines: tuple[str, ...]


LIGHT = Theme(
    background="#ffffff",
    ink="#1b1f24",
    quiet="#57606a",
    grid="#e4e8ec",
    fault="rgba(176, 92, 0, 0.13)",
    fault_ink="#7a4100",
    limit="#a0391a",
    lines=("#0067a5", "#c04e00", "#00805e", "#a8478c", "#7d6608", "#2b8ac0", "#4b4f55"),
)
DARK = Theme(
    background="#14181d",
    ink="#e8ecf0",
    quiet="#a3adb8",
    grid="#2b323a",
    fault="rgba(240, 160, 60, 0.16)",
    fault_ink="#f5b963",
    limit="#ff9a76",
    lines=("#5cb3ea", "#f0913a", "#2cc29a", "#e093c4", "#e8d44d", "#9ad2f5", "#c3c9d0"),
)


@dataclass(frozen=True, slots=True)
class Look:
    """How the reader wants to see it: dark or light, moving or still, how large."""

    dark: bool = False
    moves: bool = True
    narrow: bool = False
    height_px: int = 260

    @property
    def theme(self) -> Theme:
        """The colours."""
        return DARK if self.dark else LIGHT

    def colour(self, number: int) -> str:
        """Return the colour of the n-th line."""
        return self.theme.lines[number % len(self.theme.lines)]

    def dash(self, number: int) -> str | list[int]:
        """Return the dashes of the n-th line."""
        return DASHES[number % len(DASHES)]
