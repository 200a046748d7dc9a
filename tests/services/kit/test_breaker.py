import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.breaker import TRANSITIONS, Breaker, BreakerPolicy, Event, Outcome, State

POLICY = BreakerPolicy(
    window_s=10, min_calls=4, failure_ratio=0.5, cooldown_s=1, probe_lost_after_s=5
)


def opened(at_s: float = 0.0) -> Breaker:
    breaker = Breaker(POLICY)
    for _ in range(POLICY.min_calls):
        ticket = breaker.admit(at_s)
        assert ticket is not None
        breaker.settle(ticket, Outcome.FAILED, at_s)
    assert breaker.state is State.OPEN
    return breaker


def test_a_closed_breaker_opens_when_half_of_enough_calls_failed():
    breaker = Breaker(POLICY)
    for outcome in [Outcome.SUCCEEDED, Outcome.SUCCEEDED, Outcome.FAILED]:
        breaker.settle(breaker.admit(0.0), outcome, 0.0)
    assert breaker.state is State.CLOSED

    breaker.settle(breaker.admit(0.0), Outcome.FAILED, 0.0)

    assert breaker.state is State.OPEN


def test_one_success_among_nine_time_outs_does_not_start_the_count_again():
    breaker = Breaker(BreakerPolicy(min_calls=10))
    for n in range(10):
        outcome = Outcome.SUCCEEDED if n == 5 else Outcome.FAILED
        breaker.settle(breaker.admit(0.0), outcome, 0.0)

    assert breaker.state is State.OPEN


def test_failures_that_left_the_window_do_not_count():
    breaker = Breaker(POLICY)
    for _ in range(3):
        breaker.settle(breaker.admit(0.0), Outcome.FAILED, 0.0)

    breaker.settle(breaker.admit(20.0), Outcome.FAILED, 20.0)

    assert breaker.state is State.CLOSED


def test_an_open_breaker_refuses_until_the_cooldown_is_over_and_then_lets_one_probe_in():
    breaker = opened()

    assert breaker.admit(0.9) is None
    assert breaker.admit(1.0) is not None
    assert breaker.admit(1.0) is None


def test_refused_calls_do_not_prolong_the_cooldown():
    breaker = opened()
    for tenth in range(10):
        breaker.admit(tenth / 10)

    assert breaker.admit(1.0) is not None


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (Outcome.SUCCEEDED, State.CLOSED),
        (Outcome.FAILED, State.OPEN),
        (Outcome.CANCELLED, State.OPEN),
    ],
)
def test_the_probe_decides(outcome, state):
    """Cancelled as well: several public breakers stay half-open for ever there."""
    breaker = opened()

    breaker.settle(breaker.admit(1.0), outcome, 1.1)

    assert breaker.state is state


def test_after_a_failed_probe_the_cooldown_starts_anew():
    breaker = opened()
    breaker.settle(breaker.admit(1.0), Outcome.FAILED, 1.5)

    assert breaker.admit(2.4) is None
    assert breaker.admit(2.5) is not None


def test_a_probe_that_is_never_heard_of_again_does_not_wedge_the_breaker():
    breaker = opened()
    assert breaker.admit(1.0) is not None

    assert breaker.admit(6.0) is None
    assert breaker.state is State.OPEN
    assert breaker.admit(7.0) is not None


def test_a_late_failure_from_before_the_opening_does_not_touch_the_probe():
    breaker = Breaker(POLICY)
    late = breaker.admit(0.0)
    for _ in range(4):
        breaker.settle(breaker.admit(0.0), Outcome.FAILED, 0.0)
    probe = breaker.admit(1.0)

    breaker.settle(late, Outcome.FAILED, 1.1)
    assert breaker.state is State.HALF_OPEN

    breaker.settle(probe, Outcome.SUCCEEDED, 1.2)
    assert breaker.state is State.CLOSED


def test_a_caller_who_leaves_says_nothing_about_the_dependency():
    breaker = Breaker(POLICY)
    for _ in range(100):
        breaker.settle(breaker.admit(0.0), Outcome.CANCELLED, 0.0)

    assert breaker.state is State.CLOSED


def test_the_cooldown_is_jittered_by_up_to_a_tenth():
    breaker = Breaker(POLICY, roll=lambda: 1.0)
    for _ in range(4):
        breaker.settle(breaker.admit(0.0), Outcome.FAILED, 0.0)

    assert breaker.admit(1.05) is None
    assert breaker.admit(1.1) is not None


def test_changes_of_state_are_told():
    seen = []
    breaker = Breaker(POLICY, on_change=seen.append)
    for _ in range(4):
        breaker.settle(breaker.admit(0.0), Outcome.FAILED, 0.0)
    breaker.settle(breaker.admit(1.0), Outcome.SUCCEEDED, 1.0)

    assert seen == [State.OPEN, State.HALF_OPEN, State.CLOSED]


def test_every_state_can_be_left():
    assert {state for state, _ in TRANSITIONS} == set(State)
    assert {event for _, event in TRANSITIONS} == set(Event)


steps = st.lists(
    st.tuples(st.floats(0, 3), st.sampled_from(["admit", *Outcome])), min_size=1, max_size=120
)


@given(steps)
def test_at_most_one_probe_is_out_and_the_breaker_can_always_recover(history):
    breaker, now_s, out = Breaker(POLICY), 0.0, []
    for wait_s, step in history:
        now_s += wait_s
        if step == "admit":
            ticket = breaker.admit(now_s)
            if ticket is not None:
                out.append(ticket)
        elif out:
            breaker.settle(out.pop(0), Outcome(step), now_s)
        if breaker.state is State.HALF_OPEN:
            assert breaker.admit(now_s) is None or breaker.state is not State.HALF_OPEN
        if breaker.state is State.OPEN:
            assert breaker.admit(now_s) is None or breaker.state is State.HALF_OPEN

    for _ in range(3):  # whatever happened: a lost probe, a cool-down, and a success close it
        now_s += POLICY.probe_lost_after_s + 2 * POLICY.cooldown_s
        ticket = breaker.admit(now_s)
        if ticket is not None:
            breaker.settle(ticket, Outcome.SUCCEEDED, now_s)
    assert breaker.state is State.CLOSED
