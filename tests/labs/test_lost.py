"""A run that never came to its load is the learner's, unless others had the machine."""

import pytest

from labs.engine.lost import does_not_start, does_not_work, without_load
from labs.engine.verdict import Outcome

HEAD = {"lab": "x", "variant": "workspace", "code": "0", "started_at": "", "seconds": 1.0}
BUSY = "the machine was busy: other processes used 90% of its processors (at most 75%)."
LATE = "shortener-a was not ready within 25 s."
EXITED = "shortener-a exited with 1 before it was ready."


@pytest.mark.parametrize("said", [LATE, EXITED])
def test_a_service_that_does_not_start_is_the_learners(said):
    verdict = does_not_start(HEAD, said, "Traceback")

    assert verdict.verdict is Outcome.FAIL
    assert verdict.claims[0].id == "starts"


def test_one_that_was_not_ready_in_time_on_a_machine_that_others_had_says_nothing():
    verdict = does_not_start(HEAD, LATE, "", BUSY)

    assert verdict.verdict is Outcome.INCONCLUSIVE
    assert BUSY in verdict.why
    assert LATE in verdict.why


def test_one_that_ends_by_itself_is_the_learners_however_busy_the_machine_was():
    assert does_not_start(HEAD, EXITED, "", BUSY).verdict is Outcome.FAIL


def test_what_does_not_work_before_any_load_is_the_learners_on_a_machine_of_its_own():
    judged = does_not_work(HEAD, "an edit is not seen")
    assert judged.verdict is Outcome.FAIL
    assert "./lab logs shortener-a" in judged.why
    assert does_not_work(HEAD, "an edit is not seen", BUSY).verdict is Outcome.INCONCLUSIVE


def test_a_generator_that_does_not_run_is_nobodys_fault_but_an_account_that_cannot_log_in_is():
    assert without_load(HEAD, "it ended with 1").verdict is Outcome.INCONCLUSIVE
    assert without_load(HEAD, "cannot login an account: 500").verdict is Outcome.FAIL
