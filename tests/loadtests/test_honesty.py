import pytest

from loadtests import honesty
from loadtests.honesty import Step


def _step(rps: int, *, honest: bool = True) -> Step:
    return Step(rps, 1.0, 1.5, 0.2, honest)


def test_the_honest_rate_is_the_last_before_the_first_lie() -> None:
    steps = [_step(250), _step(500), _step(1_000, honest=False)]
    measured = honesty.judge(steps)
    assert (measured.rps, measured.bounded) == (500, False)
    assert "honest up to 500/s: there, 99 of 100 requests leave within 1.5 ms" in (
        measured.sentence()
    )


def test_a_machine_that_could_do_more_than_a_plan_may_ask_says_so() -> None:
    measured = honesty.judge([_step(rps) for rps in honesty.RATES_RPS])
    assert measured.bounded
    assert "2000/s (the most a plan may ask for)" in measured.sentence()


def test_a_generator_that_is_never_honest_says_so() -> None:
    assert "at any rate" in honesty.judge([_step(250, honest=False)]).sentence()


@pytest.mark.integration
def test_the_generator_is_honest_at_a_modest_rate() -> None:
    told: list[Step] = []
    measured = honesty.measure(step_s=1.0, rates_rps=(100,), tell=told.append)
    assert tuple(told) == measured.steps
    assert measured.steps[0].sent_share == 1.0
    assert 0 < measured.steps[0].cpu_share < 0.7
