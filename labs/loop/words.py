"""The words of the field, one plain sentence each; a misspelt one is answered with the nearest."""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import dataclass
from pathlib import Path

from stack.trouble import Trouble

FILE = Path(__file__).parent / "words.toml"


@dataclass(frozen=True, slots=True)
class Word:
    """A word, its sentence, other names for it, and words that belong beside it."""

    name: str
    says: str
    also: tuple[str, ...] = ()
    see: tuple[str, ...] = ()


def every() -> list[Word]:
    """Return all words in the order of the file."""
    read = tomllib.loads(FILE.read_text(encoding="utf-8"))["word"]
    return [
        Word(one["name"], one["says"], tuple(one.get("also", ())), tuple(one.get("see", ())))
        for one in read
    ]


def find(typed: str) -> tuple[Word, bool]:
    """Return the word that was meant, and whether it was typed as it is written."""
    names = {_plain(name): word for word in every() for name in (word.name, *word.also)}
    wanted = _plain(typed)
    if wanted in names:
        return names[wanted], True
    near = difflib.get_close_matches(wanted, names, n=1, cutoff=0.6)
    if not near:
        raise Trouble(f"There is no word {typed!r} here.", "./lab explain")
    return names[near[0]], False


def _plain(text: str) -> str:
    return " ".join(text.lower().replace("-", " ").replace("_", " ").split())
