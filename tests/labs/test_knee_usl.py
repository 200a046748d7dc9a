import math
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labs.knee.bound import LittleBound
from labs.knee.usl import Usl, fit

IN_FLIGHT = [1, 2, 4, 8, 12, 20, 32, 64, 128]


@settings(max_examples=60, deadline=None)
@given(
    rate=st.floats(0.5, 500),
    contention=st.floats(0.001, 0.5),
    crosstalk=st.floats(1e-5, 0.01),
)
def test_known_numbers_are_found_again(rate: float, contention: float, crosstalk: float) -> None:
    law = Usl(rate, contention, crosstalk)
    found = fit(IN_FLIGHT, [law.throughput(n) for n in IN_FLIGHT])
    assert found is not None
    assert found.rate == pytest.approx(rate, rel=1e-3)
    assert found.contention == pytest.approx(contention, rel=1e-2)
    assert found.crosstalk == pytest.approx(crosstalk, rel=1e-2)
    assert found.r_squared == pytest.approx(1.0)


def test_known_numbers_are_found_in_noise() -> None:
    law, rng = Usl(8.0, 0.05, 0.0005), Random(4)
    noisy = [law.throughput(n) * rng.uniform(0.95, 1.05) for n in IN_FLIGHT]
    found = fit(IN_FLIGHT, noisy)
    assert found is not None
    assert found.rate == pytest.approx(8.0, rel=0.1)
    assert found.contention == pytest.approx(0.05, rel=0.5)
    assert found.peak_in_flight == pytest.approx(law.peak_in_flight, rel=0.3)
    assert found.r_squared > 0.9


@given(st.lists(st.floats(0.1, 200), min_size=4, max_size=9))
def test_no_number_is_ever_negative(measured: list[float]) -> None:
    found = fit(IN_FLIGHT[: len(measured)], measured)
    assert found is None or min(found.rate, found.contention, found.crosstalk) >= 0


def test_a_straight_line_has_neither_contention_nor_crosstalk() -> None:
    found = fit(IN_FLIGHT, [7.0 * n for n in IN_FLIGHT])
    assert found is not None
    assert (found.contention, found.crosstalk) == (pytest.approx(0, abs=1e-9),) * 2
    assert found.peak_in_flight > 1e4


def test_without_crosstalk_there_is_no_peak() -> None:
    assert math.isinf(Usl(5.0, 0.1, 0.0).peak_in_flight)


def test_the_peak_is_where_the_curve_is_highest() -> None:
    law = Usl(5.0, 0.02, 0.001)
    peak = law.peak_in_flight
    assert law.throughput(peak) > law.throughput(peak * 0.9)
    assert law.throughput(peak) > law.throughput(peak * 1.1)


def test_three_points_are_too_few_to_fit_three_numbers() -> None:
    assert fit([1, 2, 3], [1, 2, 3]) is None
    assert fit([1, 2, 0, 3], [1, 2, 3, 0]) is None


def test_littles_law_bounds_a_pool() -> None:
    bound = LittleBound(places=20, hold_s=0.1, alone_s=0.125)
    assert bound.ceiling_rps == pytest.approx(200)
    assert bound.throughput(5) == pytest.approx(40)
    assert bound.throughput(25) == pytest.approx(200)
    assert bound.throughput(500) == pytest.approx(200)
