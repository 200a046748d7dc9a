import pytest

from labs.bench import wrk
from labs.bench.rounds import Sides, Spread, ratios
from stack.trouble import Trouble

PRINTED = """Running 4s test @ http://127.0.0.1:1/bench
  1 threads and 32 connections
  Latency Distribution
     50%    0.91ms
     99%    3.42ms
  81,000 requests in 4.00s, 12.00MB read
{trouble}Requests/sec:  20250.11
Transfer/sec:      3.00MB
"""


def test_a_ratio_is_taken_round_by_round():
    assert ratios([10, 30], [20, 40]) == [0.5, 0.75]


def test_sides_of_different_length_are_refused():
    with pytest.raises(ValueError, match="shorter"):
        ratios([10, 30], [20])


def test_a_spread_of_nothing_is_refused():
    with pytest.raises(ValueError, match="no rounds"):
        Spread.of([])


def test_a_round_is_read_from_what_wrk_printed():
    assert wrk.read(PRINTED.format(trouble="")) == wrk.Round(20250.11, 3.42, 0)


def test_failed_requests_are_counted_whatever_failed():
    trouble = "  Socket errors: connect 1, read 2, write 0, timeout 4\n"
    trouble += "  Non-2xx or 3xx responses: 10\n"

    assert wrk.read(PRINTED.format(trouble=trouble)).failed == 17


def test_a_load_that_measured_nothing_is_trouble():
    with pytest.raises(Trouble, match="measured nothing"):
        wrk.read("unable to connect to 127.0.0.1:1 Connection refused")


def test_two_sides_are_told_round_by_round_and_as_the_median_of_their_ratios():
    sides = Sides("relay", "events", [50, 90, 30], [100, 100, 100])

    *_, last_round, median = sides.lines()

    assert sides.as_dict()["ratio"] == 0.5
    assert last_round.split() == ["3", "30", "100", "0.30"]
    assert median == "median: 0.50 of the bare one's throughput"
