"""How the partner behaves now, decided call by call and without dice.

The n-th call fails if the running share of failures would otherwise fall behind `fail_ratio`: 0.25
is every fourth call, in every run the same.
"""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


class Control(BaseModel):
    """What `PUT /control` sets. A field that is left out has its default again."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    delay_ms: float = Field(default=5, ge=0, le=60_000)  # every answer takes this long
    fail_ratio: float = Field(default=0, ge=0, le=1)  # this share of calls is answered with...
    fail_status: int = Field(default=503, ge=400, le=599)  # ...this status
    hang_ratio: float = Field(default=0, ge=0, le=1)  # this share gets no answer at all
    capacity: int | None = Field(default=None, ge=1)  # calls worked on at once; None: any number
    queue: int = Field(default=1_000, ge=0)  # calls that wait for capacity; more are refused (503)


class Fate(StrEnum):
    """What happens to one call."""

    ANSWER = "answer"
    FAIL = "fail"
    HANG = "hang"


def due(number: int, ratio: float) -> bool:
    """Whether the n-th call (from 1) belongs to the given share of all calls."""
    return int(number * ratio + 1e-9) > int((number - 1) * ratio + 1e-9)


def fate(number: int, control: Control) -> Fate:
    """The fate of the n-th call since the behaviour was set; hanging goes first."""
    if due(number, control.hang_ratio):
        return Fate.HANG
    if due(number, control.fail_ratio):
        return Fate.FAIL
    return Fate.ANSWER


def is_unsafe(host: str) -> bool:
    """The verdict. Everybody can tell beforehand, and so can a test."""
    return "unsafe" in host.lower()
