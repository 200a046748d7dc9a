"""How far an axis reaches, and where the names at the ends of lines stand."""

import itertools

import pytest
from chart_samples import P99, drawing, line
from hypothesis import given
from hypothesis import strategies as st

from labs.console.charts.ends import GAP_PX, Axis, axis_of, offsets_px

HEIGHT_PX = 200.0


def test_an_axis_from_zero_reaches_a_round_number_above_the_highest_value():
    axis = axis_of(drawing(P99))

    assert axis.low == 0
    assert 310 <= axis.top <= 500


def test_a_share_is_drawn_around_what_was_measured_so_that_one_percent_is_seen():
    axis = axis_of(drawing(line("answered", 1, 1, 0.99, 1, 1), name="cache.hit-ratio"))

    assert 98 <= axis.low <= 99
    assert 100 <= axis.top <= 100.5


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_a_flat_line_and_no_line_have_an_axis_all_the_same(value):
    flat = axis_of(drawing(line("answered", *([value] * 5)), name="cache.hit-ratio"))

    assert flat.low < value * 100 < flat.top
    assert axis_of(drawing()).top > axis_of(drawing()).low


def test_an_axis_of_nothing_but_zeros_has_no_steps_of_a_thousandth():
    assert axis_of(drawing(line("p99", *([0.0] * 5)))) == Axis(0.0, 1.0)


def test_names_that_are_apart_already_stay_where_their_lines_end():
    far = [line("low", *([0.01] * 5)), line("high", *([0.09] * 5))]

    assert offsets_px(drawing(*far), far, HEIGHT_PX) == {"low": 0, "high": 0}


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_no_two_names_stand_on_one_another_and_none_below_the_picture(lasts):
    lines = [line(f"line {n}", *([last] * 5)) for n, last in enumerate(lasts)]
    figures = drawing(*lines)
    axis, moved = axis_of(figures), offsets_px(figures, lines, HEIGHT_PX)

    shown = figures.scale.shown
    ys = sorted(axis.y_px(shown(s.last), HEIGHT_PX) + moved[s.name] for s in lines)
    gaps = [below - above for above, below in itertools.pairwise(ys)]
    assert min(gaps, default=GAP_PX) >= GAP_PX - 0.3
    assert ys[-1] <= HEIGHT_PX + 0.1


def test_a_line_that_has_no_last_value_is_not_moved():
    nothing = line("p99", *([None] * 5))

    assert offsets_px(drawing(nothing), [nothing], HEIGHT_PX) == {}
    assert Axis(0, 10).y_px(10, HEIGHT_PX) == 0
