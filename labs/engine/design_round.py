"""What somebody said in a design round, as the progress file keeps it: lines are only added."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class DesignRound(BaseModel):
    """One round; `began_at` names it. A step is over when the next one was begun."""

    model_config = ConfigDict(extra="allow")
    round: str
    began_at: float
    at_step: int = 0  # index of the step that is on; the number of steps: the points are on
    lines: dict[str, list[str]] = Field(default_factory=dict)
    spent_s: dict[str, float] = Field(default_factory=dict)
    ticked: dict[str, list[int]] = Field(default_factory=dict)  # points that were said, from 1
    ended_at: float | None = None

    @property
    def spent(self) -> float:
        """Seconds on the clock, pauses left out."""
        return sum(self.spent_s.values())
