"""What is gathered around a run: spans, logs, the partner's own counts, Prometheus."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import httpx2

from chaos.loopback import PLAIN
from stack.home import Home

ASK_WITHIN_S = 3.0


class Collector:
    """Opens the books before a run and closes them after it."""

    def __init__(self, home: Home, folder: Path) -> None:
        self._home = home
        self._folder = folder
        self._offsets: dict[Path, int] = {}

    def open(self) -> None:
        """Point the span sink at the run, start the partner's count at zero, remember the logs."""
        for log in (self._home.path / "log").glob("*.log"):
            self._offsets[log] = log.stat().st_size
        control = {"Authorization": f"Bearer {self._home.secret('sink-control')}"}
        run = {"id": self._folder.name, "dir": str(self._folder)}
        _ask("PUT", f"{self._home.url('sink')}/run", json=run, headers=control)
        _ask("DELETE", f"{self._home.url('partner')}/calls")

    def partner(self) -> dict[str, Any]:
        """Return what the partner counted; empty when it does not answer."""
        return _ask("GET", f"{self._home.url('partner')}/calls")

    def close(self, begins: float, ends: float, *, metrics: bool) -> None:
        """Copy the run's part of every log, and the metrics of its time."""
        logs = self._folder / "log"
        logs.mkdir(exist_ok=True)
        for log in (self._home.path / "log").glob("*.log"):
            offset = self._offsets.get(log, 0)
            # Smaller than it was: it was rotated meanwhile, and all of it is new.
            _copy_from(log, offset if log.stat().st_size >= offset else 0, logs / log.name)
        if metrics:
            found = self._metrics(begins, ends)
            (self._folder / "metrics.json").write_text(json.dumps(found))

    def _metrics(self, begins: float, ends: float) -> dict[str, Any]:
        query = '{job!="",__name__!~"python_.*|process_.*|scrape_.*|.*_created"}'
        asked = {"query": query, "start": str(begins), "end": str(ends), "step": "1"}
        url = f"{self._home.url('prometheus')}/api/v1/query_range"
        return dict(_ask("POST", url, data=asked).get("data", {}))


def _copy_from(log: Path, offset: int, target: Path) -> None:
    with log.open("rb") as source, target.open("wb") as copy:
        source.seek(offset)
        shutil.copyfileobj(source, copy)


def _ask(method: str, url: str, **more: Any) -> dict[str, Any]:
    """Ask once; what does not answer has nothing to tell, and no run ends because of it."""
    try:
        answer = httpx2.request(method, url, timeout=ASK_WITHIN_S, **more, **PLAIN)
        told = answer.json()
    except (httpx2.HTTPError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}
