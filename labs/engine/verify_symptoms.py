"""Does the symptom show where the lab's texts send people to look, and only with the bug?"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median

import asyncpg

from dashboards import panels
from dashboards.panel import WINDOW
from labs.engine import prometheus
from labs.engine.catalogue import LabFolder
from labs.engine.evidence import read_lines
from labs.engine.experiment import DATABASE
from labs.engine.model import Lab
from labs.engine.prometheus import Series
from labs.engine.recorded import RecordedRun
from labs.engine.spans import Span
from labs.engine.symptom import Symptom
from stack.components.postgres import SUPERUSER
from stack.home import Home
from stack.trouble import Trouble

SETTLED_S = 2.0  # the windows of the panels reach back: what a phase did is drawn a little later
# Before one window is over, it holds the end of the run before this one.
WINDOW_S = float(WINDOW.removesuffix("s"))
_TABLES = re.compile(r"\bFROM (\w+)", re.IGNORECASE)


def seen(home: Home, folder: LabFolder, run: Path) -> tuple[float | None, ...]:
    """Return what each symptom's place shows of a run that is just over; None: nothing at all."""
    t0 = float(json.loads((run / "plan.json").read_text(encoding="utf-8"))["t0"])
    return tuple(_seen(home, folder.lab, symptom, run, t0) for symptom in folder.lab.symptom)


def unnamed(folder: LabFolder, lab: Lab) -> Iterator[str]:
    """Yield what is missing so that a learner can find the symptom where it is proven."""
    names = ("page.md", "hints.md", "debrief.md")
    paths = [folder.path / name for name in names]
    texts = "\n".join(path.read_text(encoding="utf-8") for path in paths if path.is_file())
    texts = "\n".join([texts, *lab.look])
    if not lab.symptom:
        yield "no [[symptom]] says which panel, trace or statement shows what the page tells of"
    for symptom in lab.symptom:
        if symptom.panel and symptom.panel not in panels.every():
            yield f"symptom: there is no panel {symptom.panel!r} (see dashboards/README.md)"
        if symptom.panel and "prometheus" not in lab.needs:
            yield f'symptom: {symptom.where} is empty without "prometheus" in needs'
        for name in _named_by(symptom):
            if name not in texts:
                yield f"symptom: no text of the lab and no `look` names {name}"
        if symptom.phase not in {None, *(phase.name for phase in lab.load)}:
            yield f"symptom: there is no [[load]] named {symptom.phase!r}"


def _named_by(symptom: Symptom) -> list[str]:
    """Return the words by which a text leads to the place."""
    if symptom.panel:
        return [symptom.panel]
    return ["./lab trace"] if symptom.trace else _TABLES.findall(symptom.sql)


def _seen(home: Home, lab: Lab, symptom: Symptom, run: Path, t0: float) -> float | None:
    begins_s, ends_s = _window(lab, symptom.phase)
    if symptom.sql:
        return asyncio.run(_asked(home.dsn(role=SUPERUSER, database=DATABASE), symptom.sql))
    if symptom.panel:
        begins_s, ends_s = _of_this_run(begins_s, ends_s)
        return on_panel(symptom, _drawn(home, symptom, t0 + begins_s, t0 + ends_s))
    spans = [Span.of(line) for line in read_lines(run / "spans.jsonl")]
    if symptom.read == "at_once" and symptom.phase:  # twins: others of the same seconds are none
        of_phase = {one.trace_id for one in RecordedRun(run).traces_of(symptom.phase)}
        spans = [span for span in spans if span.trace_id in of_phase]
    return in_traces(symptom, spans, t0 + begins_s, t0 + ends_s)


def _window(lab: Lab, name: str | None) -> tuple[float, float]:
    for phase in lab.load:
        if phase.name == name:
            return phase.start_s, phase.start_s + phase.duration_s
    return 0.0, lab.length_s


def _of_this_run(begins_s: float, ends_s: float) -> tuple[float, float]:
    """Return when a panel draws a phase, and nothing of an earlier run: at least for a second."""
    from_s = max(begins_s, WINDOW_S)
    return from_s, max(ends_s + SETTLED_S, from_s + 1.0)


def _drawn(home: Home, symptom: Symptom, begins: float, ends: float) -> list[Series]:
    """Return the panel's lines; a Prometheus that does not answer draws none."""
    with contextlib.suppress(Trouble):
        url, panel = home.url("prometheus"), panels.find(symptom.panel)
        return prometheus.ask(url, panel, round(ends - begins), ends)
    return []


async def _asked(dsn: str, sql: str) -> float | None:
    """Return what a statement says; a database that does not answer says nothing."""
    try:
        connection = await asyncpg.connect(dsn)
    except (OSError, asyncpg.PostgresError):
        return None
    try:
        value = await connection.fetchval(sql)
    except asyncpg.PostgresError:
        return None
    finally:
        await connection.close()
    return None if value is None else float(value)


def on_panel(symptom: Symptom, drawn: Iterable[Series]) -> float | None:
    """Read a panel the way a person does: how high, how low, or whether there is anything."""
    lines = [one for one in drawn if symptom.line in one.name]
    values = [value for one in lines for value in one.values if value is not None]
    if symptom.read == "points":
        return float(len(values))
    if not values:
        return None
    return max(values) if symptom.read == "highest" else min(values)


def in_traces(symptom: Symptom, spans: Sequence[Span], begins: float, ends: float) -> float | None:
    """Read the traces of a route that began in a window; None when there are none."""
    of_route = {s.trace_id for s in spans if symptom.trace in s.name and begins <= s.start_s < ends}
    if not of_route:
        return None
    chosen = symptom.counted(s for s in spans if s.trace_id in of_route)
    by_trace: Mapping[str, list[Span]] = _grouped(chosen)
    match symptom.read:
        case "longest_s":
            took_ms = sorted((s.took_ms for s in chosen), reverse=True)
            longest_ms = next(iter(took_ms[symptom.times - 1 :]), 0.0)
            unit_ms = _median_ms(symptom.per, spans) if symptom.per else 1000.0
            return round(longest_ms / unit_ms, 4) if unit_ms else None
        case "most_in_one":
            return float(max(map(len, by_trace.values()), default=0))
        case "share":
            return round(len(by_trace) / len(of_route), 4)
        case _:
            return float(_at_once(chosen))


def _median_ms(name: str, spans: Iterable[Span]) -> float:
    """Return the median length of spans whose name contains this; 0 where there are none."""
    return median([span.took_ms for span in spans if name in span.name] or [0.0])


def _grouped(spans: Iterable[Span]) -> dict[str, list[Span]]:
    found: defaultdict[str, list[Span]] = defaultdict(list)
    for span in spans:
        found[span.trace_id].append(span)
    return dict(found)


def _at_once(spans: Iterable[Span]) -> int:
    moments: list[tuple[float, int]] = []
    for span in spans:
        moments += [(span.start_s, 1), (span.end_s, -1)]
    most = open_now = 0
    for _, step in sorted(moments):
        open_now += step
        most = max(most, open_now)
    return most
