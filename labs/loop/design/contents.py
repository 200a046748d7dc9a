"""A design round as data: what each step asks, for how long, and what a strong answer has."""

from __future__ import annotations

import tomllib
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from stack.trouble import Trouble

URL_SHORTENER = Path(__file__).parent / "url-shortener.toml"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Figure(_Part):
    """A claim of a lab; `about` says the symptom and is all that is shown before it is measured."""

    lab: int
    claim: str
    about: str


class Step(_Part):
    """One part of the round."""

    id: str
    title: str
    minutes: int = Field(gt=0)
    asks: str
    next: str  # what an interviewer likes to ask afterwards
    point: tuple[str, ...] = Field(min_length=1)
    figure: tuple[Figure, ...] = ()


class Content(_Part):
    """A whole round."""

    slug: str
    title: str
    minutes: int
    brief: str
    step: tuple[Step, ...] = Field(min_length=1)

    def find(self, typed: str) -> Step:
        """Return a step by its id or its number."""
        wanted = typed.strip().lower()
        for number, step in enumerate(self.step, 1):
            if wanted in (step.id, str(number)):
                return step
        ids = ", ".join(step.id for step in self.step)
        raise Trouble(f"There is no step {typed!r}; there are {ids}.", "./lab design --json")


def read(file: Path = URL_SHORTENER) -> Content:
    """Read a round."""
    return Content.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
