"""The words of the field, one plain sentence each: what `lab explain` says."""

from __future__ import annotations

import re
from typing import Any

from labs.console.dom import Field, button, heading, link, tag
from labs.console.frame import page, refused
from labs.console.hub import Hub
from labs.loop import words
from labs.loop.words import Word
from stack.trouble import Trouble


def show(hub: Hub) -> None:
    """Build the page."""
    with page(hub, "Words", "/words"):
        heading(1, "Words of the field")
        tag("p", "What the labs call things, and what an interviewer means by them.", "lead")
        with tag("section", classes="card stack", aria_label="Look a word up"):
            with tag("div", classes="row end"):
                typed = Field("A word, misspelt or not")
                button("Explain", lambda: _explain(typed, told), "main")
            told = tag("div", role="status", aria_live="polite")
        typed.element.on("keydown.enter", lambda: _explain(typed, told))
        listed = words.every()
        names = {name: word.name for word in listed for name in (word.name, *word.also)}
        with tag("section", classes="card", aria_labelledby="all"):
            heading(2, f"All {len(listed)}", id="all")
            with tag("dl", classes="words"):
                for word in sorted(listed, key=lambda one: one.name.lower()):
                    _word(word, names)


def _explain(typed: Field, told: Any) -> None:
    told.clear()
    with told:
        if not typed.value.strip():
            refused(Trouble("Which word?", "type one, for example: knee"))
            return
        try:
            found, exact = words.find(typed.value)
        except Trouble as trouble:
            refused(Trouble(trouble.said, "read the list below"))
            return
        if not exact:
            nearest = f"There is no {typed.value.strip()!r} here; the nearest is {found.name}."
            tag("p", nearest, "soft")
        with tag("p"):
            tag("strong", f"{found.name}: ")
            tag("span", found.says)


def _word(word: Word, names: dict[str, str]) -> None:
    with tag("div"):
        tag("dt", word.name, id=anchor(word.name))
        with tag("dd"):
            tag("span", word.says)
            if word.also:
                tag("span", f" Also: {', '.join(word.also)}.", "soft")
            if word.see:
                tag("span", " Beside it: ", "soft")
                for number, name in enumerate(word.see):
                    link(name, f"#{anchor(names.get(name, name))}")
                    tag("span", ", " if number + 1 < len(word.see) else ".", "soft")


def anchor(name: str) -> str:
    """Return the id that a word has on the page."""
    return "word-" + re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
