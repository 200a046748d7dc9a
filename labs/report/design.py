"""The page of a design round: what somebody said, the points of a strong answer, their figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from labs.report.debrief import Row
from labs.report.write import TEMPLATES, templates
from stack.home import write_atomically


@dataclass(frozen=True, slots=True)
class Point:
    """One point of a strong answer, and whether it was said."""

    says: str
    said: bool


@dataclass(frozen=True, slots=True)
class DesignStep:
    """One step as it was played."""

    title: str
    asks: str
    next: str
    minutes: int
    spent: str
    yours: Sequence[str]
    points: Sequence[Point]
    figures: Sequence[Row]


@dataclass(frozen=True, slots=True)
class DesignPage:
    """Everything on the page."""

    title: str
    brief: str
    day: str
    minutes: int
    spent: str
    steps: Sequence[DesignStep]

    @property
    def said(self) -> int:
        """How many points were said."""
        return sum(point.said for step in self.steps for point in step.points)

    @property
    def points(self) -> int:
        """How many points there are."""
        return sum(len(step.points) for step in self.steps)


def write_design(page: DesignPage, out: Path) -> Path:
    """Write one self-contained HTML file and return its path."""
    style = Markup((TEMPLATES / "report.css").read_text(encoding="utf-8"))  # noqa: S704 - ours
    text = templates().get_template("design.html.j2").render(page=page, style=style)
    out.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(out, text)
    return out
