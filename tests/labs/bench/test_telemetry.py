from labs.bench.telemetry import Answer
from labs.bench.wrk import Round


def test_every_way_is_compared_with_telemetry_off_round_by_round():
    off = [Round(rps, 1.0, 0) for rps in (100, 10, 100)]
    shipped = [Round(rps, 2.0, 1) for rps in (80, 7, 90)]

    told = Answer({"off": off, "traces as shipped": shipped}).as_dict()

    assert told["ratio"] == 0.8
    assert told["variants"]["traces as shipped"]["failed"] == 3
    assert told["variants"]["off"]["ratio"] == {"min": 1, "median": 1, "max": 1}
