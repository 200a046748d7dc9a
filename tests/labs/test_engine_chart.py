from labs.engine import chart


def test_one_error_among_thousands_is_never_invisible():
    assert chart.bars([0, 1, 1000], top=1000) == [" ▁█"]


def test_nothing_measured_is_not_drawn_as_zero():
    assert chart.bars([None, 0, 8], top=8) == ["· █"]


def test_a_taller_chart_fills_its_lower_line_first():
    assert chart.bars([4, 8, 16], top=16, rows=2) == ["  █", "▄██"]


def test_values_above_the_top_are_cut_there():
    assert chart.bars([99], top=10, rows=2) == ["█", "█"]


def test_a_terminal_without_utf8_gets_plain_characters():
    assert chart.bars([0, 5, 10], top=10, ascii_only=True) == [" =@"]


def test_the_top_is_a_round_number_that_everything_fits_under():
    assert chart.nice_top([3, None, 348]) == 500
    assert chart.nice_top([1000]) == 1000
    assert chart.nice_top([None], at_least=10) == 10


def test_a_stretch_carries_its_name_and_its_ends():
    assert chart.span_line([(2, 14, "kill")], 16) == "  |-- kill --|  "


def test_a_stretch_that_began_before_the_picture_has_no_left_end():
    assert chart.span_line([(-5, 10, "lag")], 12) == "-- lag --|  "
