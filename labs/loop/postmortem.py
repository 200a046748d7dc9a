"""The postmortem as a file of the learner's: facts are written again, their own lines never.

The facts stand between two marks, and the opening one carries a hash of what we wrote last. Whoever
edits between the marks all the same finds the edited text at the end of the file, not gone.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from labs.loop.facts import Fact
from labs.loop.ours import QUESTIONS
from stack.home import write_atomically

_BEGIN = "<!-- facts {hash}: `./lab debrief` writes these again; your lines stand below them -->"
_END = "<!-- end of facts -->"
_BLOCK = re.compile(r"<!-- facts (\w*):[^\n]*-->\n(.*?)<!-- end of facts -->\n?", re.DOTALL)
_HEADINGS = {"broke": "Cause", "holds": "Why the repair holds", "costs": "What it costs"}
ACTIONS = "## Actions\n\n- (who does what until when, so that it does not come back)\n"


def written(
    text: str, title: str, facts: Sequence[Fact], lines: Mapping[str, str], today: str
) -> str:
    """Return the file as it should stand now; `text` is what stands there (empty: nothing)."""
    block = _block(facts)
    if not text.strip():
        return f"# Postmortem: {title}\n\n{block}\n{_own(lines)}"
    found = _BLOCK.search(text)
    if found is None:  # the marks are gone: the facts go to the end, all else stays
        kept = text.rstrip("\n") + f"\n\n{block}"
    else:
        kept = text[: found.start()] + block + text[found.end() :]
        if found.group(1) != _hash(found.group(2)):
            kept = f"{kept.rstrip()}\n\nKept from the facts as you had edited them:\n\n"
            kept += found.group(2)
    return kept + _added(kept, lines, today)


def own_part(text: str) -> str:
    """Return what is the learner's: all but the facts and the title."""
    without = _BLOCK.sub("", text)
    return re.sub(r"\A# [^\n]*\n", "", without).strip()


def write(
    path: Path, title: str, facts: Sequence[Fact], lines: Mapping[str, str], today: str
) -> str:
    """Write the file whole or not at all, and return its text."""
    path.parent.mkdir(parents=True, exist_ok=True)
    old = path.read_text(encoding="utf-8") if path.exists() else ""
    new = written(old, title, facts, lines, today)
    if new != old:
        write_atomically(path, new)
    return new


def _block(facts: Sequence[Fact]) -> str:
    rows = "".join(f"- {fact.what}: {fact.value} [{fact.source}]\n" for fact in facts)
    return f"{_BEGIN.format(hash=_hash(rows))}\n{rows}{_END}\n"


def _hash(rows: str) -> str:
    return hashlib.sha256(rows.encode()).hexdigest()[:12]


def _own(lines: Mapping[str, str]) -> str:
    parts = [f"## {_HEADINGS[about]}\n\n{lines.get(about, '')}".rstrip() for about in QUESTIONS]
    return "\n\n".join([*parts, ACTIONS])


def _added(text: str, lines: Mapping[str, str], today: str) -> str:
    """Return the lines that are not in the text yet, to stand at its end."""
    fresh = [(about, line) for about, line in lines.items() if line and line not in text]
    if not fresh:
        return ""
    rows = "".join(f"- {today}, {_HEADINGS[about].lower()}: {line}\n" for about, line in fresh)
    return ("" if text.endswith("\n") else "\n") + f"\n{rows}"
