import inspect
import threading

from labs.engine import experiment
from labs.engine.verify_clock import GATHERING, ON_STAGE, STEADY, WAITING, StageClock, run_seconds


def clock_of(*moments, turn=None):
    return StageClock(turn, iter(moments).__next__)


def test_the_time_of_a_run_is_that_of_its_stages_without_waiting():
    clock = clock_of(0.0, 1.0, 3.0, 7.0, 8.0, 18.0, 19.0)

    for words in ("starting", STEADY, "running", GATHERING):
        clock.stage(words)

    split_s = clock.ended()
    assert split_s == {"starting": 2.0, WAITING: 4.0, STEADY: 1.0, "running": 10.0, GATHERING: 1.0}
    assert run_seconds(split_s) == 14.0


def test_two_timelines_never_overlap_but_getting_ready_does():
    turn, order = threading.Lock(), []
    first, second = StageClock(turn), StageClock(turn)
    first.stage("starting")
    first.stage(STEADY)

    def other():
        second.stage("starting")
        order.append("ready")
        second.stage(STEADY)
        order.append("second runs")
        second.ended()

    thread = threading.Thread(target=other)
    thread.start()
    thread.join(0.3)
    assert order == ["ready"]

    first.stage("running")
    first.stage(GATHERING)
    thread.join(0.3)
    order.append("first has ended")
    first.ended()
    thread.join(5)
    assert order == ["ready", "first has ended", "second runs"]


def test_a_run_that_ends_before_its_time_gives_way():
    turn = threading.Lock()
    clock = StageClock(turn)
    clock.stage(STEADY)
    assert turn.locked()

    clock.ended()

    assert not turn.locked()


def test_a_rerun_waits_for_its_turn_once():
    clock = StageClock(threading.Lock())

    for words in ("starting", STEADY, "starting", STEADY, GATHERING, "starting", STEADY):
        clock.stage(words)

    assert STEADY in clock.ended()


def test_the_experiment_announces_the_stages_that_take_turns():
    told = inspect.getsource(experiment)

    for words in ON_STAGE:
        assert f'_tell("{words}")' in told


class Aside:
    """Notes who steps aside and comes forward, and whether the stage was free then."""

    def __init__(self, turn):
        self.turn, self.seen = turn, []

    def step_aside(self):
        self.seen.append(("aside", self.turn.locked()))

    def come_forward(self):
        self.seen.append(("forward", self.turn.locked()))


def test_a_stack_is_aside_before_the_other_one_has_its_turn():
    turn = threading.Lock()
    aside = Aside(turn)
    clock = StageClock(turn, aside=aside)

    for words in ("starting the services", "laying in the state", STEADY, "running", GATHERING):
        clock.stage(words)
    clock.ended()

    ready = [("aside", False)] * 2
    assert aside.seen == [*ready, ("forward", True), ("aside", True)]
    assert not turn.locked()


def test_a_rerun_gives_way_while_it_gets_ready():
    turn = threading.Lock()
    clock = StageClock(turn)
    for words in (STEADY, "running", GATHERING, "starting the services"):
        clock.stage(words)

    assert not turn.locked()
