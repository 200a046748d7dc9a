"""What the processes logged about one trace: their logs are JSON lines that carry its id."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from textwrap import indent
from typing import Any

from labs.engine.spans import SHORT_ID

NEWEST_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of one component's log."""

    component: str
    at: str
    said: dict[str, Any]


def of_trace(folders: list[Path], trace_id: str) -> list[LogLine]:
    """Return every line with this trace id from `*.log` in the folders, in the order of time.

    `folders` are a run's `log/` and the home's `log/`; a line that stands in both is told once.
    """
    found: dict[tuple[str, str], LogLine] = {}
    for folder in folders:
        for log in sorted(folder.glob("*.log")):
            for text in _lines_with(log, trace_id):
                found.setdefault((log.stem, text), line_of(log.stem, text))
    return sorted(found.values(), key=lambda line: line.at)


def _lines_with(log: Path, trace_id: str) -> Iterator[str]:
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - NEWEST_BYTES))
        for line in file:
            if trace_id.encode() in line:
                yield line.decode(errors="replace").strip()


def line_of(component: str, text: str) -> LogLine:
    """Read one line of a log; what is no JSON is an event of its own."""
    try:
        said = json.loads(text)
    except ValueError:
        said = {"event": text}
    if not isinstance(said, dict):
        said = {"event": text}
    return LogLine(component, _at(said), said)


def _at(said: Mapping[str, Any]) -> str:
    """Return when a line was written; the edge counts microseconds, everybody else writes ISO."""
    try:
        end_s = int(said["end_us"]) / 1e6
    except (KeyError, TypeError, ValueError):
        return str(said.get("timestamp") or said.get("time") or "")
    return (
        datetime.fromtimestamp(end_s, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    )


def spoken(line: LogLine, *, of_one_trace: bool = True) -> str:
    """Return a line for people: when, who, what, and the fields that say more.

    In a log of its own, what is no JSON stays as it is. A traceback stands below its line. The end
    of the trace's id is enough for `./lab trace`, and is left out where all lines are of one.
    """
    said = dict(line.said)
    if set(said) == {"event"} and not of_one_trace:
        return str(said["event"])
    trace = str(said.pop("trace_id", "") or "")[-SHORT_ID:]
    for known in ("timestamp", "time", "service", "instance", "logger", "span_id", "parent_id"):
        said.pop(known, None)
    level = str(said.pop("level", ""))
    words = str(said.pop("message", "") or said.pop("event", ""))
    below = str(said.pop("exception", "") or "")
    more = " ".join(f"{name}={value}" for name, value in said.items())
    if trace and not of_one_trace:
        more = f"{more} trace={trace}".strip()
    at = line.at[11:23] if "T" in line.at else line.at
    told = f"{at:12}  {line.component:<12} {level:<7} {words}  {more}".rstrip()
    return f"{told}\n{indent(below, '  ')}" if below else told
