"""The figures of a chart as a table: the same values, in words."""

from chart_samples import P50, P99, SLOW_REDIS, drawing

from labs.console.charts.table import by_second, faults, table


def test_each_line_is_a_row_with_now_lowest_highest_and_when():
    told = table(drawing(P50, P99))

    assert told.caption == "Latency of all answers, 5 seconds"
    assert told.rows == (
        ("p50", "11 ms", "10 ms", "12 ms", "1 s ago"),
        ("p99", "50 ms", "40 ms", "310 ms", "1 s ago"),
    )


def test_every_second_is_there_newest_first_with_a_dash_where_nothing_was_measured():
    told = by_second(drawing(P50, P99))

    assert told.columns == ("When", "p50", "p99")
    assert told.rows[0] == ("now", "11 ms", "50 ms")
    assert told.rows[2] == ("2 s ago", "10 ms", "–")
    assert len(told.rows) == 5


def test_the_limit_is_in_the_caption_and_a_fault_is_a_row():
    shaded = drawing(P99, shades=(SLOW_REDIS,), limit=0.1)

    assert table(shaded).caption.endswith("limit 100 ms")
    assert faults(shaded).rows == (("latency-1", SLOW_REDIS.says, "2 s"),)


def test_a_chart_without_lines_has_a_table_without_rows():
    assert table(drawing()).rows == ()
    assert by_second(drawing()).columns == ("When",)
