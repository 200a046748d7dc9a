import io
import json
import threading

import pytest
from rich.console import Console
from run_samples import T0, write_run

from labs.engine.live import Live
from labs.engine.recorded import RecordedRun


class Clock:
    """A clock that a test sets."""

    def __init__(self):
        self.now_s = 0.0

    def __call__(self):
        return T0 + self.now_s


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return RecordedRun(write_run(tmp_path_factory.mktemp("runs") / "r", repaired=False, rps=100))


def paper(*, terminal=False, width=80):
    return Console(
        file=io.StringIO(), force_terminal=terminal, width=width, color_system=None, soft_wrap=True
    )


def drawn(console):
    return console.file.getvalue()


def test_without_a_terminal_each_second_is_one_line_that_fits_eighty_columns(run):
    clock, console = Clock(), paper()

    with Live(run.plan, run.folder, console=console, clock=clock) as live:
        for clock.now_s in (3.0, 6.0, 9.0, 11.0):
            live.tick()

    seconds = [line for line in drawn(console).splitlines() if " offered " in line]
    assert [int(line.split(" s ")[0]) for line in seconds] == list(range(11))
    assert "offered  100/s" in seconds[1]
    assert max(len(line.split("  on: ")[0]) for line in seconds) <= 80


def test_a_4xx_is_an_answer_and_drawn_apart_from_what_broke(tmp_path):
    answers = [{"status": 404}, {"status": 404}, {"status": 503}, {"status": 0, "error": "timeout"}]
    lines = [{"planned_s": T0 + 0.2, "done_s": T0 + 0.3, **answer} for answer in answers]
    (tmp_path / "requests.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    plan = {"t0": T0, "length_s": 2.0}

    pictures = []
    for terminal in (False, True):
        clock, console = Clock(), paper(terminal=terminal)
        with Live(plan, tmp_path, console=console, clock=clock) as live:
            clock.now_s = 1.0
            live.tick()
        pictures.append(drawn(console))

    assert "errors   2/s  4xx   2/s" in pictures[0]
    assert any(line.startswith("4xx") and "2/s" in line for line in pictures[1].splitlines())


def test_where_nobody_is_refused_there_is_no_line_for_it(run):
    clock, console = Clock(), paper()
    clock.now_s = 11.0

    with Live(run.plan, run.folder, console=console, clock=clock) as live:
        live.tick()

    assert "4xx" not in drawn(console)


def test_events_are_told_once_with_their_second(run):
    clock, console = Clock(), paper()
    clock.now_s = 11.0

    with Live(run.plan, run.folder, console=console, clock=clock) as live:
        live.tick()
        live.tick()

    assert drawn(console).count(" 6.6 s  fault on: kill: shortener-b is killed") == 1


def test_the_graders_bookkeeping_is_not_told_and_a_repeated_action_only_once(tmp_path):
    events = [("probe", "distance"), *[("action", "poke")] * 40, ("cpu", "cpu"), ("note", "odd")]
    lines = [{"at_s": T0 + 1, "kind": kind, "name": name} for kind, name in events]
    (tmp_path / "events.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    clock, console = Clock(), paper()
    clock.now_s = 1.5

    with Live({"t0": T0, "length_s": 2}, tmp_path, console=console, clock=clock):
        pass

    told = [line for line in drawn(console).splitlines() if " offered " not in line]
    assert told == [" 1.0 s  action: poke", " 1.0 s  note: odd"]


def test_the_picture_says_figures_and_faults_in_words(run):
    clock, console = Clock(), paper(terminal=True)
    clock.now_s = 7.0

    with Live(run.plan, run.folder, title="Every two seconds", console=console, clock=clock):
        pass

    picture = drawn(console)
    for words in ("Every two seconds", "7.0 s of 11 s", "offered load", "goodput", "p99", "fault"):
        assert words in picture
    assert " distance " in picture


def test_load_that_nobody_answers_is_still_offered_load(tmp_path):
    """When everything hangs the ledger is silent; that is not the same as no load."""
    steady = {"kind": "steady", "rps": 50}
    phase = {"name": "p", "start_s": 0, "duration_s": 5, "shape": steady, "user": "visitor"}
    phase["args"] = {"codes": ["launch"]}
    plan = {"t0": T0, "seed": 1, "base_url": "http://127.0.0.1:1", "phases": [phase]}
    clock, console = Clock(), paper()
    clock.now_s = 5.0

    with Live(plan, tmp_path, console=console, clock=clock) as live:
        live.tick()

    assert "offered   50/s  good    0/s" in drawn(console)


def test_a_run_that_has_not_written_anything_yet_is_drawn_empty(tmp_path):
    console = paper(terminal=True)

    with Live({"t0": T0, "length_s": 5}, tmp_path, console=console, clock=Clock()) as live:
        live.tick()

    assert "0.0 s of 5 s" in drawn(console)


def test_a_line_written_in_two_halves_is_counted_once_when_it_is_whole(tmp_path):
    clock, console = Clock(), paper()
    clock.now_s = 1.0
    line = json.dumps({"planned_s": T0 + 0.5, "done_s": T0 + 0.6, "status": 302})

    with Live({"t0": T0, "length_s": 1}, tmp_path, console=console, clock=clock) as live:
        (tmp_path / "requests.jsonl").write_text(line[:20])
        live.tick()
        (tmp_path / "requests.jsonl").write_text(f"{line}\n")

    assert "good    1/s" in drawn(console)


def test_a_thread_draws_by_itself_and_is_gone_afterwards(run):
    before = threading.active_count()
    console = paper()
    clock = Clock()
    clock.now_s = 11.0

    with Live(run.plan, run.folder, by_itself=True, console=console, clock=clock):
        assert threading.active_count() == before + 1

    assert threading.active_count() == before
    assert "10 s  offered" in drawn(console)
