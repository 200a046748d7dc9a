from hypothesis import given
from hypothesis import strategies as st

from services.kit.retry import RetryBudget, full_jitter_s


def test_the_limit_of_the_pause_doubles_up_to_a_ceiling():
    limits = [full_jitter_s(n, first_s=0.1, most_s=0.6, roll=1.0) for n in range(1, 6)]

    assert limits == [0.1, 0.2, 0.4, 0.6, 0.6]


def test_full_jitter_may_be_anything_down_to_nothing():
    assert full_jitter_s(3, first_s=0.1, most_s=1.0, roll=0.0) == 0.0
    assert full_jitter_s(3, first_s=0.1, most_s=1.0, roll=0.5) == 0.2


def test_while_everything_fails_retries_are_a_tenth_of_the_traffic():
    budget, retries = RetryBudget(share=0.1, most=10, saved=0), 0
    for _ in range(1000):
        budget.pay_in()
        retries += budget.take()

    assert 99 <= retries <= 100


@given(st.lists(st.booleans()))
def test_nobody_ever_takes_more_than_was_saved_and_paid_in(steps):
    budget, paid_in, taken = RetryBudget(share=0.1, most=10, saved=10), 0, 0
    for pay_in in steps:
        if pay_in:
            budget.pay_in()
            paid_in += 1
        else:
            taken += budget.take()

    assert taken <= 10 + 0.1 * paid_in + 1e-6
    assert 0 <= budget.saved <= 10
