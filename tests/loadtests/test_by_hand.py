from random import Random

import pytest

from loadtests.bad_plan import BadPlan
from loadtests.by_hand import BY_HAND, plan_by_hand, shape_by_hand
from loadtests.plan import arrivals_of, plan_of
from loadtests.shapes import SHAPES, shape_of


@pytest.mark.parametrize("kind", BY_HAND)
def test_a_few_words_make_a_plan_that_peaks_where_they_say(kind: str) -> None:
    assert kind in SHAPES
    shape = shape_by_hand(kind, 300, 20)
    plan = plan_by_hand("http://127.0.0.1:8080", shape, 20, "visitor", {"codes": ["x"]})
    arrivals_of(plan_of(plan))
    drawn = shape_of(shape).arrivals(20.0, Random(1))
    busiest = max(sum(s <= at < s + 1 for at in drawn) for s in range(20))
    assert 200 < busiest < 360


def test_a_shape_that_cannot_be_typed_names_those_that_can() -> None:
    with pytest.raises(BadPlan, match="viral"):
        shape_by_hand("staircase", 1, 1)
