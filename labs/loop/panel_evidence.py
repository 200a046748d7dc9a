"""A panel as evidence: it has a name, and Prometheus drew something in it during the run."""

from __future__ import annotations

import time
from collections.abc import Sequence

from dashboards import panels
from labs.engine import prometheus
from labs.engine.recorded import RecordedRun
from labs.engine.results import spoken
from labs.engine.symptom import Symptom
from labs.loop.cited import AskPanel, Cited
from stack.home import Home
from stack.trouble import Trouble


def asker(home: Home, symptoms: Sequence[Symptom] = ()) -> AskPanel:
    """Return how panels are looked up; one whose emptiness is the symptom may be empty."""

    def ask(run: RecordedRun, text: str) -> Cited | None:
        panel = _named(text.strip())
        if panel is None:
            return None
        drawn = [one for one in _drawn(home, run, panel) if one.highest]
        if not drawn:
            empty = "nothing was drawn in it during the run"
            return Cited("panel", panel, run.run_id, empty) if _may_be_empty(panel) else None
        most = max(drawn, key=lambda one: one.highest or 0.0)
        shows = f"{most.name} reached {spoken(most.highest or 0.0)} during the run"
        return Cited("panel", panel, run.run_id, shows)

    def _may_be_empty(panel: str) -> bool:
        points = (one for one in symptoms if one.read == "points" and one.holds(0))
        return any(one.panel == panel for one in points)

    return ask


def _drawn(home: Home, run: RecordedRun, panel: str) -> list[prometheus.Series]:
    otherwise = "A panel cannot be checked without it; cite a trace, a statement or a log line."
    if "prometheus" not in home.ports():
        raise Trouble(f"Prometheus is not running. {otherwise}", "./lab trace")
    seconds = max(5, round(run.length_s) + 2)
    ends_s = min(run.t0 + seconds, time.time())
    try:
        return prometheus.ask(home.url("prometheus"), panels.find(panel), seconds, ends_s)
    except Trouble as trouble:
        raise Trouble(f"{trouble.said} {otherwise}", "./lab trace") from trouble


def _named(text: str) -> str | None:
    """Return the panel that was named, or whose query was pasted."""
    for name, panel in panels.every().items():
        if text == name or any(text == query.expr for query in panel.queries):
            return name
    return None
