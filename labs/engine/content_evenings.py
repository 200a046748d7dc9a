"""What the evenings need of a lab: nothing left to write, predictions, a diagnosis, cards."""

from __future__ import annotations

import re
from collections.abc import Iterator

from labs.engine.catalogue import LabFolder, shown
from labs.engine.model import Lab

MECHANISMS = 5
CARDS = 3
_WRITTEN_BY_AUTHORS = ("lab.toml", "page.md", "hints.md", "debrief.md")
# `...` where a sentence belongs; dots at the end of somebody's words are no gap.
_GAP = re.compile(r"""(?:^|["|:*] ?|^- )\.\.\.(?: ?["|`.]|\s|$)""")
_CARD = re.compile(r"^\*\*[^*]+[?.]\*\*", re.MULTILINE)


def missing(folder: LabFolder, lab: Lab) -> Iterator[str]:
    """Yield a sentence for everything that an author has still to write."""
    yield from _gaps(folder)
    for moment in ("break", "check"):
        if all(one.when != moment for one in lab.prediction):
            yield f'lab.toml has no [[prediction]] with when = "{moment}"'
    if lab.diagnosis is None:
        yield "lab.toml has no [diagnosis]"
    elif len(lab.diagnosis.mechanism) < MECHANISMS:
        found = len(lab.diagnosis.mechanism)
        yield f"[diagnosis] has {found} mechanisms; the right one and four near misses are needed"
    debrief = folder.path / "debrief.md"
    if debrief.is_file():
        cards = len(_CARD.findall(debrief.read_text(encoding="utf-8")))
        if cards < CARDS:
            yield f"debrief.md has {cards} interview questions (**...?** ...); {CARDS} are needed"


def _gaps(folder: LabFolder) -> Iterator[str]:
    for name in _WRITTEN_BY_AUTHORS:
        path = folder.path / name
        lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
        gaps = [n for n, line in enumerate(lines, 1) if _GAP.search(line.partition("#")[0] or line)]
        if gaps:
            where = ", ".join(map(str, gaps))
            yield f"{shown(path)} has `...` where you write: line {where}"
