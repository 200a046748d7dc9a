"""What one run left behind, read from its folder; times are seconds on the run's timeline.

Everything that judges reads an `Evidence` and nothing else, so a run can be judged again later,
by hand, or in a test that writes the evidence itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from labs.engine.model import Lab, Phase


@dataclass(frozen=True, slots=True)
class Request:
    """One line of the load generator's ledger."""

    phase: str
    name: str
    method: str
    path: str
    planned_s: float
    sent_s: float
    done_s: float
    status: int  # 0: no answer
    location: str = ""
    error: str = ""
    trace_id: str = ""
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def took_s(self) -> float:
        """How long its user waited since it was due: who cannot be sent yet waits too."""
        return self.done_s - self.planned_s

    @property
    def ok(self) -> bool:
        """Whether its user got what they came for: a success or a redirect."""
        return 200 <= self.status < 400

    @property
    def refused(self) -> bool:
        """Whether it was answered with 4xx, rightly or not."""
        return 400 <= self.status < 500


@dataclass(frozen=True, slots=True)
class Sample:
    """One look at PostgreSQL through the grader's own connection."""

    at_s: float
    calls: Mapping[str, int]  # statement id -> calls so far (only what changed since the last look)
    active: Mapping[str, int] = field(default_factory=dict)  # application -> running statements
    connections: Mapping[str, int] = field(default_factory=dict)  # application -> connections
    waiting: int = 0  # backends that wait for a lock
    # application -> backends that have done nothing for 0.2 s inside a transaction
    idle_in_transaction: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Event:
    """Something the grader did or saw: a fault, an action, a guard, a process."""

    at_s: float
    kind: str
    name: str
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Evidence:
    """Everything observed in one run."""

    lab: Lab
    folder: Path
    requests: tuple[Request, ...] = ()
    summary: Mapping[str, Any] = field(default_factory=dict)
    samples: tuple[Sample, ...] = ()
    statements: Mapping[str, str] = field(default_factory=dict)  # id -> text
    events: tuple[Event, ...] = ()
    metrics: Mapping[str, Any] = field(default_factory=dict)
    t0: float = 0.0

    def phase(self, name: str) -> Phase:
        """Return one phase of the load."""
        for phase in self.lab.load:
            if phase.name == name:
                return phase
        known = ", ".join(phase.name for phase in self.lab.load)
        raise KeyError(f"no phase {name!r}; there are: {known}")

    def window(self, phase: str | None) -> tuple[float, float]:
        """Return when a phase begins and ends; without one, the whole timeline."""
        if phase is None:
            return 0.0, self.lab.length_s
        found = self.phase(phase)
        return found.start_s, found.start_s + found.duration_s

    def sent_in(self, phase: str | None) -> list[Request]:
        """Return the requests of one phase, or all."""
        return [r for r in self.requests if phase is None or r.phase == phase]

    def named(self, kind: str, name: str) -> list[Event]:
        """Return the events of one kind and name, in their order."""
        return [event for event in self.events if event.kind == kind and event.name == name]

    def of_kind(self, kind: str) -> list[Event]:
        """Return the events of one kind."""
        return [event for event in self.events if event.kind == kind]

    def fault_window(self, name: str) -> tuple[float, float] | None:
        """Return when a fault was really on; None when it never was."""
        on = self.named("fault_on", name)
        if not on:
            return None
        off = self.named("fault_off", name)
        return on[0].at_s, off[-1].at_s if off else self.lab.length_s

    @cached_property
    def spans(self) -> tuple[Mapping[str, Any], ...]:
        """Return the run's spans, with start_s and end_s on the timeline; read when first asked."""
        spans = []
        for raw in read_lines(self.folder / "spans.jsonl"):
            moved = {"start_s": raw["start_s"] - self.t0, "end_s": raw["end_s"] - self.t0}
            spans.append({**raw, **moved})
        return tuple(spans)


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the objects of a JSON-lines file; a last line that is not whole yet is left out."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError:
        return
    for line in text.splitlines():
        try:
            raw = json.loads(line)
        except ValueError:
            continue
        if isinstance(raw, dict):
            yield raw


def read_evidence(lab: Lab, folder: Path) -> Evidence:
    """Read a run's folder, also while the run is still being written."""
    plan = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    t0 = float(plan["t0"])
    requests, summary = _requests(folder / "requests.jsonl", t0)
    samples, statements = _samples(folder / "samples.jsonl", t0)
    events = tuple(
        Event(raw.pop("at_s") - t0, raw.pop("kind"), raw.pop("name", ""), raw)
        for raw in read_lines(folder / "events.jsonl")
    )
    metrics: dict[str, Any] = {}
    if (folder / "metrics.json").exists():
        metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    return Evidence(lab, folder, requests, summary, samples, statements, events, metrics, t0)


def _requests(path: Path, t0: float) -> tuple[tuple[Request, ...], dict[str, Any]]:
    known = Request.__dataclass_fields__.keys()
    requests: list[Request] = []
    summary: dict[str, Any] = {}
    for raw in read_lines(path):
        if "summary" in raw:
            summary = raw["summary"]
            continue
        fields = {key: value for key, value in raw.items() if key in known and value is not None}
        fields.setdefault("sent_s", raw["planned_s"])  # never sent: it waited all the same
        request = Request(**fields)
        moved = {key: getattr(request, key) - t0 for key in ("planned_s", "sent_s", "done_s")}
        requests.append(replace(request, **moved))
    return tuple(requests), summary


def _samples(path: Path, t0: float) -> tuple[tuple[Sample, ...], dict[str, str]]:
    samples: list[Sample] = []
    statements: dict[str, str] = {}
    for raw in read_lines(path):
        statements.update(raw.pop("statements", {}))
        if "at_s" in raw:
            samples.append(Sample(**{**raw, "at_s": raw["at_s"] - t0}))
    return tuple(samples), statements
