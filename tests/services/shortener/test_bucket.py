import math

from hypothesis import given
from hypothesis import strategies as st

from services.shortener.limits.bucket import Bucket, Policy, full, take
from services.shortener.limits.headers import rate_limit_headers

policies = st.builds(
    Policy, st.just("p"), capacity=st.integers(1, 200), per_minute=st.integers(1, 6000)
)
gaps_s = st.lists(st.floats(0, 30, allow_nan=False), min_size=1, max_size=60)


def attempts(policy, gaps):
    now_s, bucket, allowed = 0.0, full(policy, 0.0), []
    for gap in gaps:
        now_s += gap
        bucket, decision = take(policy, bucket, now_s)
        allowed.append((now_s, decision))
        assert 0 <= bucket.tokens <= policy.capacity
    return allowed


@given(policies, gaps_s)
def test_no_window_ever_lets_more_through_than_burst_and_refill(policy, gaps):
    times = [at for at, decision in attempts(policy, gaps) if decision.allowed]
    for i, start in enumerate(times):
        for j in range(i, len(times)):
            may = policy.capacity + (times[j] - start) * policy.refill_per_s
            assert j - i + 1 <= may + 1e-3


@given(policies, gaps_s)
def test_who_waits_as_told_is_let_in(policy, gaps):
    now_s, bucket = 0.0, full(policy, 0.0)
    for gap in gaps:
        now_s += gap
        bucket, decision = take(policy, bucket, now_s)
        if not decision.allowed:
            now_s += decision.retry_after_s
            bucket, decision = take(policy, bucket, now_s)
            assert decision.allowed


@given(policies, st.floats(-1e6, 1e6, allow_nan=False))
def test_a_clock_that_is_set_back_refills_nothing(policy, now_s):
    empty = Bucket(0.0, 1e6)

    after, decision = take(policy, empty, min(now_s, 1e6))

    assert not decision.allowed
    assert after.tokens == 0


def test_a_burst_larger_than_capacity_is_refused():
    policy = Policy("p", capacity=3, per_minute=60)

    decisions = [d for _, d in attempts(policy, [0.0] * 5)]

    assert [d.allowed for d in decisions] == [True, True, True, False, False]
    assert [d.remaining for d in decisions] == [2, 1, 0, 0, 0]
    assert decisions[-1].retry_after_s == 1


def test_a_client_below_the_refill_is_never_refused():
    policy = Policy("p", capacity=2, per_minute=60)

    assert all(d.allowed for _, d in attempts(policy, [1.0] * 100))


def test_the_headers_follow_the_draft():
    policy = Policy("user", capacity=10, per_minute=60)
    bucket = Bucket(0.5, 0.0)
    _, refused = take(policy, bucket, 0.0)

    headers = rate_limit_headers([refused])

    assert headers == {
        "RateLimit-Policy": '"user";q=10;w=10',
        "RateLimit": f'"user";r=0;t={math.ceil(9.5)}',
        "Retry-After": "1",
    }


def test_no_decision_no_headers():
    assert rate_limit_headers([]) == {}
