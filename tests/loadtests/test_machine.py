import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.machine import FEWEST_SLOTS, slots_for

MANY_FILES = 1_000_000


def _steady(rps: int, seconds: int) -> list[float]:
    return [number / rps for number in range(rps * seconds)]


def test_everybody_may_wait_until_their_timeout() -> None:
    assert slots_for(_steady(1_000, 10), 5.0, MANY_FILES) == pytest.approx(5_500, rel=0.01)


def test_a_run_that_is_shorter_than_the_timeout_needs_a_slot_for_each_request() -> None:
    assert slots_for(_steady(1_000, 3), 10.0, MANY_FILES) == 3_300


def test_there_are_two_thousand_at_least() -> None:
    assert slots_for([], 5.0, MANY_FILES) == slots_for([1.0], 5.0, MANY_FILES) == FEWEST_SLOTS


@given(rps=st.integers(1, 500), timeout_s=st.floats(0.1, 20), files=st.integers(600, 30_000))
def test_the_files_suffice_for_two_instances(rps: int, timeout_s: float, files: int) -> None:
    assert 2 * slots_for(_steady(rps, 10), timeout_s, files) <= files - 200
