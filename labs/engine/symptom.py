"""What a lab says of its symptom: where somebody would look, and what only the bug shows there.

The bound is that of the *broken* system: the bug has to be within it, the reference must not be.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, get_args

from pydantic import Field, model_validator

from labs.engine.bounds import Bounded, Name, Sentence
from labs.engine.spans import Span

OPENS, CLOSE = "BEGIN", ("COMMIT", "ROLLBACK")  # the spans of a transaction
PanelRead = Literal["highest", "lowest", "points"]
TraceRead = Literal["longest_s", "most_in_one", "share", "at_once"]


class Symptom(Bounded):
    """One place to look, as the texts name it: a panel, the traces of a route, or a statement."""

    panel: str = Field(default="", description='panel = "cache.loads", a name of dashboards/')
    line: str = Field(default="", description='line = "p99", if only lines so named count')
    trace: str = Field(default="", description='trace = "GET /{code}", the route of the traces')
    span: str = Field(default="", description='span = "postgres", a part of the name of a span')
    per: str = Field(
        default="", description='per = "verify password": longest_s counted in the median of those'
    )
    times: int = Field(
        default=1, ge=1, description="times = 4: the fourth longest is read, one may be an accident"
    )
    in_transaction: bool = Field(
        default=False,
        description="in_transaction = true, if only spans count that begin while one is open",
    )
    sql: str = Field(default="", description='sql = "SELECT ...", asked when the run is over')
    read: PanelRead | TraceRead | Literal["value"] = Field(
        default="value", description='read = "highest" (panel) or "longest_s" (trace)'
    )
    phase: Name | None = Field(default=None, description='phase = "launch"; or the whole run')
    says: Sentence = Field(description='says = "reads come in bursts"')

    @model_validator(mode="after")
    def _one_place(self) -> Symptom:
        if sum(map(bool, (self.panel, self.trace, self.sql))) != 1:
            raise ValueError("needs exactly one of panel, trace, sql")
        known = get_args(PanelRead if self.panel else TraceRead) if not self.sql else ("value",)
        if self.read not in known:
            raise ValueError(f"`read` of {self.where} is one of {', '.join(known)}")
        if self.trace and not self.span:
            raise ValueError("a trace needs `span`: which of its spans")
        if (self.per or self.times > 1) and self.read != "longest_s":
            raise ValueError("`per` and `times` go with longest_s only")
        return self

    def counted(self, spans: Iterable[Span]) -> list[Span]:
        """Return the spans that are read, of some that may belong to several traces."""
        known = list(spans)
        named = [span for span in known if self.span in span.name]
        return [s for s in named if not self.in_transaction or _in_transaction(s, known)]

    @property
    def where(self) -> str:
        """The place in words."""
        if self.panel:
            return f"panel {self.panel}"
        return f"the traces of {self.trace}" if self.trace else "the statement"


def _in_transaction(span: Span, among: Iterable[Span]) -> bool:
    """Whether its trace had begun a transaction, and not ended it, when a span began."""
    before = [
        (one.start_s, one.name)
        for one in among
        if one.trace_id == span.trace_id
        and one.start_s < span.start_s
        and one.name in (OPENS, *CLOSE)
    ]
    return bool(before) and max(before)[1] == OPENS


def disagreement(symptom: Symptom, variant: str, value: float | None) -> str:
    """Say how a run of the bug or of the reference disagrees; empty when it does not."""
    shows = value is not None and symptom.holds(value)
    read = f"{symptom.read} {value:g}" if value is not None else "nothing"
    bound = f"{symptom.where} shows {read}; the symptom is {symptom.needed} ({symptom.says})"
    if variant == "bug" and not shows:
        return f"no symptom where the texts say to look: {bound}"
    if variant == "reference" and shows:
        return f"the symptom shows without the bug: {bound}"
    return ""
