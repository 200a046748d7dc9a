import pytest

from labs.bench.shed import Span, round_of
from labs.bench.usage import Look, Usage
from loadtests.ledger import Row

T0 = 1_000.0
STEPS = {
    "capacity": Span("capacity 1", 0.0, 4.0),
    "overload": Span("overload 1", 4.0, 6.0),
    "after": Span("after 1", 15.0, 3.0),
}
RETRY = {"retry-after": "1"}


def _rows(step, rps, took_s, status=302, headers=RETRY):
    span = STEPS[step]
    due_s = [T0 + span.start_s + number / rps for number in range(int(rps * span.duration_s))]
    return [
        Row(0, span.name, "visit", "GET", "/x", at, at, at + took_s, status, headers=headers)
        for at in due_s
    ]


def _usage(*looks):
    usage = Usage(generator=None, services=())
    usage.looks = [Look(*look) for look in looks]
    return usage


def _round(*rows, usage=None):
    every = [row for some in rows for row in some]
    return round_of(STEPS, every, T0, usage or _usage())


def test_goodput_under_overload_is_compared_with_that_at_capacity():
    told = _round(
        _rows("capacity", 100, 0.1),
        _rows("overload", 90, 0.5),
        _rows("overload", 210, 0.002, 503),
        _rows("after", 50, 0.1),
    )

    assert (told.peak_rps, told.goodput_rps) == (pytest.approx(100), pytest.approx(90))
    assert told.ratio == pytest.approx(0.9)
    assert told.offered_rps == pytest.approx(300)
    assert told.refused == 1260
    assert told.refusal_p50_ms == pytest.approx(2, abs=0.01)
    assert (told.other_failures, told.without_retry_after, told.late) == (0, 0, 0)
    assert told.well_after == 1.0


def test_who_is_answered_after_their_patience_does_not_count():
    told = _round(_rows("capacity", 100, 0.1), _rows("overload", 100, 1.9))

    assert told.ratio == 0
    assert told.late == 600


def test_a_refusal_says_when_to_come_back_and_is_a_429_or_a_503():
    told = _round(
        _rows("capacity", 100, 0.1),
        _rows("overload", 10, 0.1, 503, headers={}),
        _rows("overload", 20, 0.1, 429),
        _rows("overload", 30, 0.1, 500),
    )

    assert told.without_retry_after == 60
    assert told.refused == 180
    assert told.other_failures == 180


def test_what_is_not_well_five_seconds_after_is_said():
    told = _round(_rows("capacity", 10, 0.1), _rows("after", 50, 0.1), _rows("after", 50, 0.1, 503))

    assert told.well_after == pytest.approx(0.5)


def test_a_refusal_has_a_price_in_cpu_time_of_which_the_answers_share_is_not_part():
    usage = _usage(
        (T0, 0.0, 0.0, 100.0),
        (T0 + 4, 0.4, 0.4, 101.0),  # 400 answers for 0.4 s: 1 ms each
        (T0 + 10, 1.6, 1.3, 109.0),  # 0.9 s, of which 600 answers take 0.6
    )

    told = _round(
        _rows("capacity", 100, 0.1),
        _rows("overload", 100, 0.1),
        _rows("overload", 200, 0.002, 503),
        usage=usage,
    )

    assert told.refusal_of_an_answer == pytest.approx(0.3 / 1200 / 0.001)
    assert told.generator_cpu_share == pytest.approx(0.2)
    assert (told.memory_mib, usage.grown_mib()) == (109.0, 9.0)


def test_a_generator_that_was_late_is_not_honest():
    due_s = [T0 + 4.0 + number / 10 for number in range(60)]
    late = [Row(0, "overload 1", "v", "GET", "/x", at, at + 0.2, at + 0.3, 302) for at in due_s]

    assert not _round(_rows("capacity", 100, 0.1), late).honest
    assert _round(_rows("capacity", 100, 0.1), _rows("overload", 10, 0.1)).honest
