"""The shelf of labs: find one by number, slug or something close to it, and read its files."""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from labs.engine.model import FORMAT, Lab
from stack.trouble import Trouble

CHECKOUT = Path(__file__).resolve().parents[2]
CATALOGUE = CHECKOUT / "labs" / "catalogue"
HINT_KINDS = (
    "where to look",
    "what it shows",
    "which pattern, and its trap",
    "the diff, with reasons",
)


class LabError(Trouble):
    """A lab whose content cannot be used; the sentence is for its author."""


@dataclass(frozen=True)
class LabFolder:
    """One lab on disk."""

    path: Path

    @cached_property
    def lab(self) -> Lab:
        """Its lab.toml, read once."""
        return read_lab(self.path / "lab.toml")

    @property
    def bug(self) -> Path:
        """The patch that breaks the reference."""
        return self.path / "bug.patch"

    def text(self, name: str) -> str:
        """Return page.md, hints.md or debrief.md."""
        try:
            return (self.path / name).read_text(encoding="utf-8")
        except OSError as error:
            raise LabError(
                f"{shown(self.path / name)} cannot be read.", "./lab test --fast"
            ) from error

    def hints(self) -> list[str]:
        """Return the hints in their order, without their headings."""
        parts = ("\n" + self.text("hints.md")).split("\n## ")[1:]
        return [part.partition("\n")[2].strip() for part in parts]

    def variants(self) -> dict[str, tuple[Path, ...]]:
        """Return every variant that verify runs, with the patches that lead to it."""
        found: dict[str, tuple[Path, ...]] = {"reference": (), "bug": (self.bug,)}
        for kind in ("right", "wrong"):
            for patch in sorted((self.path / kind).glob("*.patch")):
                found[f"{kind}/{patch.stem}"] = (self.bug, patch)
        return found


def shown(path: Path) -> str:
    """Return a path as it is printed: relative to the checkout where it can be."""
    return str(path.relative_to(CHECKOUT)) if path.is_relative_to(CHECKOUT) else str(path)


def read_lab(path: Path) -> Lab:
    """Read one lab.toml; what is wrong is said with file, key and what to write."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise LabError(
            f"{shown(path)} cannot be read: {error.strerror}.", "./lab new SLUG"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise LabError(f"{shown(path)} is not TOML: {error}.", "./lab test --fast") from error
    if isinstance(raw.get("format"), int) and raw["format"] > FORMAT:
        said = f"{shown(path)}: format {raw['format']} is newer than this engine ({FORMAT})"
        raise LabError(f"{said}; update the checkout.", "git pull")
    try:
        lab = Lab.model_validate(raw)
    except ValidationError as error:
        told = "; ".join(_sentence(detail) for detail in error.errors()[:3])
        raise LabError(f"{shown(path)}: {told}", "labs/README.md shows every key") from error
    if path.parent.name != lab.slug or path.parent.parent.name != lab.module:
        said = f"{shown(path)}: slug and module must be the names of its folders"
        raise LabError(f'{said}; write slug = "{path.parent.name}".', "labs/README.md")
    return lab


def _sentence(detail: ErrorDetails) -> str:
    """Turn one pydantic complaint into: key, what is wrong, what to write."""
    keys: list[str] = []
    model: Any = Lab
    write = ""
    for step in detail["loc"]:
        if isinstance(step, int):
            keys[-1] += f"[{step + 1}]"
            continue
        keys.append(str(step))
        field = model.model_fields.get(str(step)) if _is_model(model) else None
        if field is not None:
            write = field.description or write
            model = _inner_model(field.annotation)
    key = ".".join(keys) or "the whole file"
    if detail["type"] == "missing":
        return f"{key} is missing; write {write}"
    if detail["type"] == "extra_forbidden":
        known = list(model.model_fields) if _is_model(model) else []
        near = difflib.get_close_matches(keys[-1], known, n=1)
        return f"{key} is not a key here" + (
            f"; did you mean {near[0]}?" if near else "; remove it"
        )
    what = detail["msg"].removeprefix("Value error, ")
    return f"{key}: {what}" + (f"; write {write}" if write else "")


def _is_model(candidate: Any) -> bool:
    return isinstance(candidate, type) and issubclass(candidate, BaseModel)


def _inner_model(annotation: Any) -> Any:
    """Find the model inside `tuple[Model, ...]`, `dict[str, Model]` or `Model | None`."""
    if _is_model(annotation):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        found = _inner_model(inner)
        if found is not None:
            return found
    return None


def all_labs(root: Path = CATALOGUE) -> list[LabFolder]:
    """Return every lab, by number."""
    folders = [LabFolder(path.parent) for path in root.glob("*/*/lab.toml")]
    return sorted(folders, key=lambda folder: folder.lab.number)


def find(wanted: str, root: Path = CATALOGUE) -> LabFolder:
    """Return the lab with this number or slug; a misspelt one is answered with the nearest."""
    folders = all_labs(root)
    for folder in folders:
        if wanted == folder.lab.slug or (wanted.isdigit() and int(wanted) == folder.lab.number):
            return folder
    slugs = [folder.lab.slug for folder in folders]
    near = difflib.get_close_matches(wanted.lower(), slugs, n=1, cutoff=0.4)
    if near:
        number = next(folder.lab.number for folder in folders if folder.lab.slug == near[0])
        raise Trouble(
            f"There is no lab {wanted!r}; the nearest is {near[0]}.", f"./lab start {number:02}"
        )
    raise Trouble(f"There is no lab {wanted!r}.", "./lab list")
