"""One piece of evidence, looked up in what a run left behind: cited means it is really there.

A trace is known by (the end of) its id, a statement by a part of its text, a log line by a part of
it, a panel by its name. What is too short to mean one thing is not evidence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from labs.engine import logs, spans
from labs.engine.recorded import RecordedRun

SHORTEST_TEXT = 8
_HEX = re.compile(r"^[0-9a-f]{6,32}$")
_PREFIX = re.compile(r"^(trace|panel|query|log)\s*[: ]\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Cited:
    """A piece of evidence that exists: what it is, in which run, and what is to be seen there."""

    kind: str  # trace, panel, query or log
    said: str
    run: str
    shows: str
    look_for: str = ""  # it is there, and shows something else than the lab's symptom


AskPanel = Callable[[RecordedRun, str], Cited | None]


def find_cited(runs: Iterable[RecordedRun], said: str, panel: AskPanel) -> Cited | None:
    """Return the evidence in the first run that has it; a word in front may say which kind."""
    text = said.strip()
    named = _PREFIX.match(text)
    kind = named.group(1).lower() if named else ""
    text = text[named.end() :] if named else text
    for run in runs:
        for name, look in (("trace", _trace), ("panel", panel), ("query", _query), ("log", _log)):
            found = look(run, text) if kind in ("", name) else None
            if found is not None:
                return found
    return None


def _trace(run: RecordedRun, text: str) -> Cited | None:
    wanted = text.lower()
    if not _HEX.match(wanted):
        return None
    for trace in spans.find(run.traces, wanted)[:1]:
        shows = f"{trace.route} on {trace.instance} took {trace.took_ms:.0f} ms"
        return Cited("trace", trace.trace_id, run.run_id, shows)
    return None


def _query(run: RecordedRun, text: str) -> Cited | None:
    wanted = _plain(text)
    if len(wanted) < SHORTEST_TEXT:
        return None
    for key, statement in _statements(run).items():
        if wanted in _plain(statement):
            calls = _calls(run, key)
            if calls:
                shows = f"executed {calls} times: {' '.join(statement.split())[:100]}"
                return Cited("query", text, run.run_id, shows)
    return None


def _statements(run: RecordedRun) -> dict[str, str]:
    texts: dict[str, str] = {}
    for sample in run.samples:
        texts.update(sample.get("statements", {}))
    return texts


def _calls(run: RecordedRun, key: str) -> int:
    counted = [int(s["calls"][key]) for s in run.samples if key in s.get("calls", {})]
    return max(counted, default=0)


def _log(run: RecordedRun, text: str) -> Cited | None:
    wanted = text.strip()
    if len(wanted) < SHORTEST_TEXT:
        return None
    for log in sorted((run.folder / "log").glob("*.log")):
        for line in _lines(log):
            shown = logs.spoken(logs.line_of(log.stem, line), of_one_trace=False)
            if wanted in line or wanted in shown:
                return Cited("log", wanted, run.run_id, shown[:160])
    return None


def _lines(log: Path) -> Iterator[str]:
    with log.open("rb") as file:
        for line in file:
            yield line.decode(errors="replace").strip()


def _plain(text: str) -> str:
    return " ".join(text.lower().split())
