"""A diff as lines: marked by + and - as well as by colour."""

from __future__ import annotations

from html import escape

KINDS = (("+++", "file"), ("---", "file"), ("diff ", "file"), ("+", "plus"), ("-", "minus"))


def changed_files(text: str) -> list[str]:
    """Return the files that a diff is about, in its order."""
    heads = (line for line in text.splitlines() if line.startswith("diff --git "))
    return [head.rpartition(" b/")[2] for head in heads]


def diff_html(text: str) -> str:
    """Return HTML for a unified diff."""
    lines = [line for line in text.splitlines() if not line.startswith(("index ", "diff "))]
    drawn = "".join(f'<span class="{_kind(line)}">{escape(line) or " "}</span>' for line in lines)
    return (
        '<div class="scroll" tabindex="0" role="region" aria-label="What you changed">'
        f'<div class="diff">{drawn}</div></div>'
    )


def _kind(line: str) -> str:
    if line.startswith("@@"):
        return "at"
    return next((kind for start, kind in KINDS if line.startswith(start)), "")
