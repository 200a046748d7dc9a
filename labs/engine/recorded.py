"""A run after the fact: finds its folder and reads what is in it, missing files included."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from labs.engine import spans
from labs.engine.events import FILE_NAME as EVENTS
from labs.engine.events import Event, Window, event_of, windows
from labs.engine.figures import Slice, is_request, slices
from labs.engine.tail import read_all
from stack.trouble import Trouble

PLAN = "plan.json"
LEDGER = "requests.jsonl"
SAMPLES = "samples.jsonl"
VERDICT = "verdict.json"
HELD = "-hold"  # in the name of a run that was `break --hold`


@dataclass(frozen=True)
class RecordedRun:
    """The folder of one run; everything is read when it is asked for, once."""

    folder: Path

    @property
    def run_id(self) -> str:
        """The name of the folder."""
        return self.folder.name

    @property
    def held(self) -> bool:
        """Whether load and faults were kept on for somebody to look."""
        return HELD in self.run_id

    @cached_property
    def plan(self) -> Mapping[str, Any]:
        """What was going to happen."""
        return _document(self.folder / PLAN)

    @cached_property
    def verdict(self) -> Mapping[str, Any]:
        """What was found; empty while the run is under way or when it was killed."""
        return _document(self.folder / VERDICT)

    @cached_property
    def requests(self) -> list[dict[str, Any]]:
        """Each request that was sent."""
        return [line for line in read_all(self.folder / LEDGER) if is_request(line)]

    @cached_property
    def t0(self) -> float:
        """The start of the timeline, in epoch seconds."""
        if "t0" in self.plan:
            return float(self.plan["t0"])
        return min((float(line["planned_s"]) for line in self.requests), default=0.0)

    @cached_property
    def length_s(self) -> float:
        """How long the timeline is: as planned, or as long as requests were planned."""
        planned = [p["start_s"] + p["duration_s"] for p in self.plan.get("phases", ())]
        sent = [float(line["planned_s"]) - self.t0 for line in self.requests]
        return float(self.plan.get("length_s") or max([*planned, *sent], default=0.0))

    @cached_property
    def events(self) -> list[Event]:
        """What happened when, on the timeline."""
        return [event_of(line, self.t0) for line in read_all(self.folder / EVENTS)]

    @cached_property
    def faults(self) -> list[Window]:
        """When which fault was on."""
        return windows(self.events, self.length_s)

    @cached_property
    def traces(self) -> list[spans.Trace]:
        """The traces of this run's own requests, when the ledger says which those are."""
        found = spans.traces(spans.read(self.folder / spans.FILE_NAME))
        mine = {line["trace_id"] for line in self.requests if line.get("trace_id")}
        return [trace for trace in found if trace.trace_id in mine] if mine else found

    @cached_property
    def main_phase(self) -> str:
        """The phase with the most requests: what the experiment is about."""
        counted = Counter(str(line.get("phase", "")) for line in self.requests)
        return counted.most_common(1)[0][0] if counted else ""

    @cached_property
    def main_traces(self) -> list[spans.Trace]:
        """The traces of the main phase; all of them where no phase is known."""
        return self.traces_of(self.main_phase) or self.traces

    @property
    def phases(self) -> list[str]:
        """The names of the phases that sent something, the main one first."""
        counted = Counter(str(line["phase"]) for line in self.requests if line.get("phase"))
        return [name for name, _ in counted.most_common()]

    def traces_without(self, phase: str) -> list[spans.Trace]:
        """The traces of all phases but one."""
        of = {line.get("trace_id"): line.get("phase") for line in self.requests}
        return [trace for trace in self.traces if of.get(trace.trace_id) != phase]

    def traces_of(self, phase: str) -> list[spans.Trace]:
        """The traces of one phase."""
        of = {line.get("trace_id"): line.get("phase") for line in self.requests}
        return [trace for trace in self.traces if of.get(trace.trace_id) == phase]

    @cached_property
    def samples(self) -> list[dict[str, Any]]:
        """What the grader read from the servers, moment by moment."""
        return read_all(self.folder / SAMPLES)

    def slices(self, width_s: float) -> list[Slice]:
        """Figures per slice of the timeline."""
        return slices(self.requests, self.t0, width_s)


def all_runs(runs: Path) -> list[RecordedRun]:
    """Every run in the folder, the newest first."""
    plans = [path for path in runs.glob(f"*/{PLAN}") if not path.parent.is_symlink()]
    newest_first = sorted(plans, key=lambda path: path.stat().st_mtime, reverse=True)
    return [RecordedRun(path.parent) for path in newest_first]


def find_run(runs: Path, named: str) -> RecordedRun:
    """Return the run with this id (the start of it is enough), or `last`."""
    found = all_runs(runs)
    wanted = found[:1] if named == "last" else [r for r in found if r.run_id.startswith(named)]
    exact = [run for run in wanted if run.run_id == named]
    match exact or wanted:
        case [run]:
            return run
        case []:
            raise Trouble(f"There is no run {named!r}.", "./lab break")
        case several:
            ids = ", ".join(run.run_id for run in several[:3])
            raise Trouble(f"{named!r} could be {ids}; type more of it.", "./lab trace")


def _document(path: Path) -> Mapping[str, Any]:
    try:
        read = json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return read if isinstance(read, dict) else {}
