"""What the tables of a `lab.toml` have in common, and the bound that a number is held against."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]*$")]
Sentence = Annotated[str, StringConstraints(min_length=3, strip_whitespace=True)]


class Part(BaseModel):
    """A table in lab.toml: nothing unknown is accepted, nothing changes after it was read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Bounded(Part):
    """A table with exactly one bound."""

    at_most: float | None = Field(default=None, description="at_most = 14")
    at_least: float | None = Field(default=None, description="at_least = 0.95")
    equals: float | None = Field(default=None, description="equals = 0")
    between: tuple[float, float] | None = Field(default=None, description="between = [9, 11]")

    @model_validator(mode="after")
    def _exactly_one_bound(self) -> Self:
        bounds = (self.at_most, self.at_least, self.equals, self.between)
        if sum(bound is not None for bound in bounds) != 1:
            raise ValueError("needs exactly one of at_most, at_least, equals, between")
        return self

    def holds(self, measured: float) -> bool:
        """Whether a measured value is within the bound."""
        if self.at_most is not None:
            return measured <= self.at_most
        if self.at_least is not None:
            return measured >= self.at_least
        if self.between is not None:
            return self.between[0] <= measured <= self.between[1]
        return measured == self.equals

    @property
    def needed(self) -> str:
        """The bound in words, without its unit."""
        if self.at_most is not None:
            return f"at most {self.at_most:g}"
        if self.at_least is not None:
            return f"at least {self.at_least:g}"
        if self.between is not None:
            return f"{self.between[0]:g} to {self.between[1]:g}"
        return f"{self.equals:g}"
