import itertools
import statistics
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.bad_plan import BadPlan
from loadtests.shapes import SHAPES, shape_of

EXAMPLES: dict[str, dict[str, Any]] = {
    "steady": {"rps": 80},
    "ramp": {"from_rps": 10, "to_rps": 150, "over_s": 5},
    "spike": {"base_rps": 20, "peak_rps": 200, "at_s": 3, "for_s": 2},
    "burst": {"count": 300, "at_s": 1, "over_s": 0.5},
    "race": {"contestants": 20, "every_s": 0.5},
    "viral": {"base_rps": 5, "peak_rps": 200, "at_s": 1, "rise_s": 0.5, "half_life_s": 2},
    "crawler": {"batch": 50, "rps": 200, "every_s": 2},
    "login_storm": {"count": 500, "within_s": 6},
    "staircase": {"steps_rps": [20, 60, 100], "step_s": 3},
}


def test_every_shape_has_an_example_here() -> None:
    assert EXAMPLES.keys() == SHAPES.keys()


@pytest.mark.parametrize("kind", SHAPES)
def test_arrivals_are_in_order_within_the_phase_and_the_same_for_the_same_seed(kind: str) -> None:
    shape = shape_of({"kind": kind, **EXAMPLES[kind]})
    drawn = shape.arrivals(8.0, Random(3))
    assert drawn == sorted(drawn)
    assert drawn
    assert drawn[0] >= 0
    assert drawn[-1] < 8.0
    assert drawn == shape.arrivals(8.0, Random(3))


@pytest.mark.parametrize("kind", SHAPES)
def test_as_many_arrive_as_the_curve_expects(kind: str) -> None:
    shape = shape_of({"kind": kind, **EXAMPLES[kind]})
    for duration_s in (2.0, 5.0, 8.0):
        expected = shape.expected_count(duration_s)
        drawn = statistics.mean(len(shape.arrivals(duration_s, Random(n))) for n in range(20))
        assert drawn == pytest.approx(expected, rel=0.05)


@pytest.mark.parametrize("kind", ["steady", "ramp", "spike", "viral", "login_storm", "staircase"])
def test_even_spacing_leaves_nothing_to_chance(kind: str) -> None:
    shape = shape_of({"kind": kind, "spacing": "even", **EXAMPLES[kind]})
    drawn = shape.arrivals(8.0, Random(1))
    assert drawn == shape.arrivals(8.0, Random(2))
    assert abs(len(drawn) - shape.expected_count(8.0)) <= 1


@given(rps=st.floats(0.5, 500), duration_s=st.floats(0.1, 10))
def test_even_arrivals_of_a_steady_rate_stand_one_gap_apart(rps: float, duration_s: float) -> None:
    drawn = shape_of({"kind": "steady", "rps": rps, "spacing": "even"}).arrivals(
        duration_s, Random(0)
    )
    for number, offset_s in enumerate(drawn):
        assert offset_s == pytest.approx((number + 0.5) / rps, abs=1e-6)


def test_poisson_gaps_vary_as_much_as_their_mean() -> None:
    drawn = shape_of({"kind": "steady", "rps": 200}).arrivals(60.0, Random(5))
    gaps_s = [b - a for a, b in itertools.pairwise(drawn)]
    assert statistics.mean(gaps_s) == pytest.approx(1 / 200, rel=0.03)
    assert statistics.stdev(gaps_s) == pytest.approx(1 / 200, rel=0.05)


def test_a_spike_is_where_it_was_put() -> None:
    drawn = shape_of({"kind": "spike", **EXAMPLES["spike"]}).arrivals(8.0, Random(1))
    inside = sum(3 <= offset_s < 5 for offset_s in drawn)
    assert inside == pytest.approx(400, rel=0.15)
    assert len(drawn) - inside == pytest.approx(120, rel=0.3)


def test_contestants_start_at_the_very_same_moment() -> None:
    drawn = shape_of({"kind": "race", "contestants": 3, "every_s": 1.5}).arrivals(4.0, Random(1))
    assert drawn == [0.0] * 3 + [1.5] * 3 + [3.0] * 3


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({"kind": "stedy", "rps": 1}, "there is no shape 'stedy'"),
        ({"kind": "steady"}, "rps"),
        ({"kind": "steady", "rps": 5, "rate": 5}, "has no rate"),
        ({"kind": "steady", "rps": -1}, "cannot be"),
        ({"kind": "steady", "rps": float("nan")}, "cannot be"),
        ({"kind": "steady", "rps": "many"}, "is a number"),
        ({"kind": "steady", "rps": 5, "spacing": "random"}, "poisson or even"),
    ],
)
def test_a_shape_that_is_misspelt_says_so(spec: dict[str, Any], said: str) -> None:
    with pytest.raises(BadPlan, match=said):
        shape_of(spec)
