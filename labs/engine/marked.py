"""A generated table inside a page that a person writes: it stands between two marks."""

from __future__ import annotations

from pathlib import Path

from labs.engine.catalogue import LabError, shown

Marks = tuple[str, str]  # the lines before and after the table


def with_table(text: str, marks: Marks, table: str) -> str:
    """Return a page's text with the table between its two marks."""
    begin, end = marks
    before, _, rest = text.partition(begin)
    _, _, after = rest.partition(end)
    return f"{before}{begin}\n{table}\n{end}{after}"


def write_table(page: Path, marks: Marks, table: str, called: str = "table") -> None:
    """Write the table into the page; LabError, with what it is called, where there is no place."""
    text = page.read_text(encoding="utf-8")
    if any(mark not in text for mark in marks):
        said = f"{shown(page)} has no place for the {called}."
        raise LabError(said, f"write: {' '.join(marks)}")
    page.write_text(with_table(text, marks, table), encoding="utf-8")
