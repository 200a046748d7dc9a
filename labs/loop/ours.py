"""The lab's own debrief in parts, so that each can stand beside what the learner wrote."""

from __future__ import annotations

import re
from dataclasses import dataclass

from labs.engine.catalogue import LabFolder

QUESTIONS = {
    "broke": "What broke?",
    "holds": "Why does your repair hold?",
    "costs": "What does it cost?",
}
_HEADINGS = {"broke": "happened", "costs": "cost"}
_INTERVIEW = "interview"
_TRANSFER = "in a chat app"
_CARD = re.compile(r"^\*\*(.+?)\*\*\s*(.*)$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Card:
    """An interview question and the points of a strong answer."""

    lab: str
    asks: str
    answer: str

    @property
    def points(self) -> list[str]:
        """The answer in points: its sentences."""
        return [part.strip() for part in re.split(r"(?<=[.!?])\s+", self.answer) if part.strip()]


def sections(folder: LabFolder) -> dict[str, str]:
    """Return debrief.md by heading."""
    parts = ("\n" + folder.text("debrief.md")).split("\n## ")[1:]
    pairs = (part.partition("\n") for part in parts)
    return {heading.strip(): text.strip() for heading, _, text in pairs}


def beside(folder: LabFolder) -> dict[str, str]:
    """Return our answer to each of the three questions."""
    found = {
        about: next((text for head, text in sections(folder).items() if word in head.lower()), "")
        for about, word in _HEADINGS.items()
    }
    return found | {"holds": (folder.hints() or [""])[-1]}


def transfer(folder: LabFolder) -> str:
    """Return where the same would happen elsewhere, in one paragraph; `lab drill` asks for it."""
    found = (text for head, text in sections(folder).items() if head.lower() == _TRANSFER)
    return " ".join(next(found, "").split())


def rest(folder: LabFolder) -> str:
    """Return what stands in the debrief besides, as Markdown."""
    used = (*_HEADINGS.values(), _TRANSFER)  # the answer to a question that is still to come
    kept = {h: t for h, t in sections(folder).items() if not any(w in h.lower() for w in used)}
    return "\n\n".join(f"### {heading}\n\n{text}" for heading, text in kept.items())


def cards(folder: LabFolder) -> list[Card]:
    """Return the interview questions of a lab."""
    found = []
    for heading, text in sections(folder).items():
        if _INTERVIEW in heading.lower():
            for paragraph in re.split(r"\n\s*\n", text):
                match = _CARD.match(" ".join(paragraph.split()))
                if match:
                    found.append(Card(folder.lab.slug, match.group(1), match.group(2)))
    return found
