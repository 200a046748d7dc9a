"""What a debrief adds to the report: the learner beside the measurement, and beside us."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from markupsafe import Markup


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table: what, its value, and the file it can be read in."""

    what: str
    value: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Beside:
    """A question, what the learner wrote, and what we would say."""

    asks: str
    yours: str
    ours: Markup


@dataclass(frozen=True)
class Debrief:
    """Everything that the page says besides the two runs."""

    predictions: Sequence[Row] = ()
    impact: Sequence[Row] = ()
    beside: Sequence[Beside] = ()
    facts: Sequence[Row] = ()
    own: Markup = field(default_factory=Markup)
    own_file: str = ""
    story: Sequence[tuple[str, str]] = ()
    rest: Markup = field(default_factory=Markup)
    cannot_show: Sequence[str] = ()
