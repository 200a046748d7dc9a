from pathlib import Path

import pytest

from labs.bench.lab import STAGES, Answer, split
from labs.engine import experiment


def test_a_stage_lasts_until_the_next_begins_and_the_last_until_the_end():
    moments = [("starting the services", 1.0), ("running", 3.5), ("gathering the evidence", 13.5)]

    seconds = split(moments, began_s=0.75, ended_s=14.0)

    assert seconds == {"setting up": 0.25, "restart": 2.5, "experiment": 10.0, "grading": 0.5}


def test_a_run_that_told_nothing_was_set_up_all_the_time():
    assert split([], began_s=1.0, ended_s=3.0) == {"setting up": 2.0}


@pytest.mark.parametrize("words", STAGES)
def test_every_stage_is_one_that_the_experiment_tells(words):
    assert f'self._tell("{words}")' in Path(experiment.__file__).read_text()


def test_the_whole_is_the_sum_of_its_stages_over_the_timeline():
    answer = Answer("a-lab", 8.0, [{"restart": 2.0, "experiment": 8.0}, {"experiment": 10.0}])

    assert answer.as_dict()["ratio"] == 1.25
    assert answer.as_dict()["stages"]["restart"]["max"] == 2.0
