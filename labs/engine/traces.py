"""Where traces and their log lines are found: in a run, in what the span sink has in memory."""

from dataclasses import dataclass

from chaos.loopback import PLAIN
from labs.engine import logs, spans
from labs.engine.logs import LogLine
from labs.engine.recorded import all_runs, find_run
from labs.engine.spans import Span, Trace
from stack.home import Home
from stack.trouble import Trouble

RUNS_SEARCHED = 20
MOST_IN_MEMORY = 1000
WHOLE_ID = 32
ALL = "all"
WARM_UP = "warm-up"  # a phase of this name opens connections, and nobody looks for its requests


@dataclass(frozen=True)
class Source:
    """Where traces were read from, in words, and the traces."""

    words: str
    traces: list[Trace]
    phases: tuple[str, ...] = ()  # that could be asked for instead


def source(home: Home, run: str = "last", phase: str = "", *, live: bool = False) -> Source:
    """Return the traces of a run, or of the sink's memory where there is no run or it is asked."""
    if live or (run == "last" and not all_runs(home.runs)):
        return Source("what the span sink has in memory", in_memory(home))
    recorded = find_run(home.runs, run)
    # What is held is held for its main phase; a crash beside it would come first by its time-outs.
    if not phase and not recorded.held and WARM_UP in recorded.phases:
        words = f"run {recorded.run_id}, its {WARM_UP} left out (--phase all: every phase)"
        return Source(words, recorded.traces_without(WARM_UP), tuple(recorded.phases))
    phase = phase or (recorded.main_phase if recorded.held else ALL)
    if phase == ALL:
        return Source(f"run {recorded.run_id}", recorded.traces, tuple(recorded.phases))
    if phase not in recorded.phases:
        known = ", ".join(recorded.phases) or "none"
        raise Trouble(f"There is no phase {phase!r} in it; there are: {known}.", "./lab trace")
    words = f"phase {phase} of run {recorded.run_id} (--phase all: every phase)"
    return Source(words, recorded.traces_of(phase))


@dataclass(frozen=True, slots=True)
class Found:
    """A trace, and where it was: short ids come again in other runs."""

    trace: Trace
    where: str


def find(home: Home, typed: str, run: str = "last") -> Found:
    """Look for a trace by the end of its id: in the run, in memory, in the runs before.

    Raises:
        Trouble: none, or more than one, has this id.
    """
    for recorded in [find_run(home.runs, run)] if run != "last" else all_runs(home.runs)[:1]:
        if found := spans.find(recorded.traces, typed):
            return _the_one(found, typed, f"run {recorded.run_id}")
    if run == "last":
        if found := spans.find(in_memory(home), typed):
            return _the_one(found, typed, "the span sink's memory")
        for recorded in all_runs(home.runs)[1:RUNS_SEARCHED]:
            if found := spans.find(recorded.traces, typed):
                return _the_one(found, typed, f"run {recorded.run_id}")
    raise Trouble(f"There is no trace {typed!r} in the runs or in memory.", "./lab trace")


def in_memory(home: Home) -> list[Trace]:
    """Ask the span sink; when it does not answer there is nothing in memory."""
    import httpx2  # noqa: PLC0415 - what only reads a run need not wait for it

    if "sink" not in home.ports():
        return []
    bearer = {"Authorization": f"Bearer {home.secret('sink-control')}"}
    asked = f"{home.url('sink')}/traces?slowest={MOST_IN_MEMORY}&full=true"
    try:
        answer = httpx2.get(asked, headers=bearer, timeout=10, **PLAIN)
    except httpx2.TransportError:
        return []
    if answer.status_code != 200:
        raise Trouble(f"The span sink answered {answer.status_code}.", "./lab down && ./lab up")
    listed = answer.json()["traces"]
    return spans.traces(Span.of(line) for one in listed for line in one["spans"])


def said_about(home: Home, trace_id: str) -> list[LogLine]:
    """Return what every process logged about a trace, in the order of time."""
    folders = [*(run.folder / "log" for run in all_runs(home.runs)[:1]), home.path / "log"]
    return logs.of_trace(folders, trace_id)


def _the_one(found: list[Trace], typed: str, where: str) -> Found:
    if len(found) > 1:
        raise Trouble(f"{len(found)} traces match {typed!r}; type more of the id.", "./lab trace")
    return Found(found[0], where)
