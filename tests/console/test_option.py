"""What ECharts is given: plain data, told apart by more than colour, still when asked to be."""

import json

import pytest
from chart_samples import P50, P99, SLOW_REDIS, drawing, line

from labs.console.charts.look import DARK, DASHES, LIGHT, Look
from labs.console.charts.option import MOST_LABELS, option


def drawn(*lines, look=Look(), **how):  # noqa: B008 - frozen
    return option(drawing(*lines, **how), look)


def lines_of(made):
    return [one for one in made["series"] if one["id"] != "marks"]


def marks_of(made):
    return next(one for one in made["series"] if one["id"] == "marks")


def luminance(colour):
    channels = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_it_is_plain_data_without_functions_or_numbers_that_json_does_not_know():
    json.dumps(drawn(P50, P99, shades=(SLOW_REDIS,)), allow_nan=False)


def test_each_second_is_a_point_and_a_gap_stays_a_gap():
    _, p99 = lines_of(drawn(P50, P99))

    assert p99["data"] == [
        [1000_000, 40], [1001_000, 200], [1002_000, None], [1003_000, 310], [1004_000, 50],
    ]  # fmt: skip
    assert p99["connectNulls"] is False


def test_the_axis_has_one_unit_chosen_by_the_highest_value():
    slow = line("p99", 0.5, 2.0, 3.0, 1.0, 0.2)

    assert drawn(P99)["yAxis"]["axisLabel"]["formatter"] == "{value} ms"
    assert drawn(P99, slow)["yAxis"]["axisLabel"]["formatter"] == "{value} s"
    assert lines_of(drawn(P99, slow))[0]["data"][0] == [1000_000, 0.04]


def test_a_line_is_named_at_its_end_and_has_dashes_as_well_as_a_colour():
    first, second = lines_of(drawn(P50, P99))

    assert [one["endLabel"]["show"] for one in (first, second)] == [True, True]
    assert first["endLabel"]["formatter"] == "{a}"
    assert (first["name"], second["name"]) == ("p50", "p99")
    assert first["lineStyle"]["type"] != second["lineStyle"]["type"]
    assert first["lineStyle"]["color"] != second["lineStyle"]["color"]


def test_of_many_lines_the_highest_are_named_and_no_two_look_the_same():
    many = [line(f"route {n}", *([n / 1000] * 5)) for n in range(30)]
    made = lines_of(drawn(*many))

    named = [one["name"] for one in made if one["endLabel"]["show"]]
    looks = {(one["color"], str(one["lineStyle"]["type"])) for one in made}
    assert named == [f"route {n}" for n in range(30 - MOST_LABELS, 30)]
    assert len(looks) == 30


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_lines_reach_a_contrast_of_three_and_words_of_four_and_a_half(theme):
    """WCAG 2.2, 1.4.11 and 1.4.3; the names at the ends of lines are bold, but small."""
    words = (theme.ink, theme.quiet, theme.fault_ink, theme.limit)

    assert [c for c in theme.lines if contrast(c, theme.background) < 3] == []
    assert [c for c in words if contrast(c, theme.background) < 4.5] == []


def test_colours_and_dashes_do_not_repeat_together_too_soon():
    look = Look()
    pairs = {(look.colour(n), str(look.dash(n))) for n in range(35)}

    assert len(pairs) == len(LIGHT.lines) * len(DASHES) == 35


def test_a_fault_is_shaded_from_when_it_went_on_until_it_went_off_and_named():
    marks = marks_of(drawn(P99, shades=(SLOW_REDIS,)))

    assert marks["markArea"]["data"] == [
        [{"name": "latency-1", "xAxis": 1001_000}, {"xAxis": 1003_500}]
    ]
    assert marks["markArea"]["label"]["color"] == LIGHT.fault_ink


def test_a_limit_is_a_line_with_its_value_and_the_axis_reaches_it_once_it_is_near():
    far = drawn(line("1m", 0, 0, 0.1, 0, 0), name="slo.burn-rate")
    near = drawn(line("1m", 0, 0, 9.0, 0, 0), name="slo.burn-rate")

    assert marks_of(near)["markLine"]["data"] == [{"yAxis": 14.4}]
    assert marks_of(near)["markLine"]["label"]["formatter"] == "limit 14.4"
    assert near["yAxis"]["max"] > 14.4
    assert far["yAxis"]["max"] < 1
    assert "markLine" not in marks_of(drawn(P99))


def test_reduced_motion_means_that_nothing_moves():
    still = drawn(P99, look=Look(moves=False))

    assert still["animation"] is False
    assert still["animationDurationUpdate"] == 0
    assert still["tooltip"]["transitionDuration"] == 0
    assert drawn(P99, look=Look(moves=True))["animation"] is True


def test_a_phone_gets_less_room_for_names_and_fewer_times():
    long = line("GET /api/v1/links/{code}/stats", *([0.1] * 5))
    desk, phone = drawn(long), drawn(long, look=Look(narrow=True))

    assert phone["grid"]["right"] < desk["grid"]["right"]
    assert phone["xAxis"]["splitNumber"] < desk["xAxis"]["splitNumber"]


def test_a_value_alone_between_gaps_is_a_dot():
    alone = line("p99", None, 0.2, None, None, None)

    assert lines_of(drawn(alone))[0]["showSymbol"] is True
    assert lines_of(drawn(P50))[0]["showSymbol"] is False


def test_the_picture_says_what_it_shows_to_those_who_do_not_see_it():
    made = drawn(P50, P99, shades=(SLOW_REDIS,))

    assert made["aria"]["label"]["description"] == (
        "Latency of all answers: p50 now 11 ms, highest 12 ms; p99 now 50 ms, highest 310 ms; "
        "latency-1 was on."
    )
    assert drawn()["aria"]["label"]["description"].endswith("nothing was recorded.")
