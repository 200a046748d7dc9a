import pytest

from labs.engine.events import Event, EventLog, Window, event_of, windows
from labs.engine.figures import Slices, is_good, percentile, slices
from labs.engine.tail import read_all


def request(planned_s, took_s, status=302, **more):
    return {"planned_s": planned_s, "done_s": planned_s + took_s, "status": status} | more


def test_load_counts_when_it_was_planned_and_an_answer_when_it_came():
    first, second = slices([request(100.9, 0.4)], t0=100.0)

    assert (first.offered_rps, first.good_rps) == (1, 0)
    assert (second.offered_rps, second.good_rps) == (0, 1)
    assert first.latencies_ms == [pytest.approx(400)]


@pytest.mark.parametrize(
    ("line", "good"),
    [
        (request(0, 1), True),
        (request(0, 1, status=200), True),
        (request(0, 1, status=404), False),
        (request(0, 1, status=503), False),
        (request(0, 1, status=0), False),
        (request(0, 1, error="reset"), False),
        (request(0, 1, status=None), False),
    ],
)
def test_only_what_a_user_would_call_an_answer_is_good(line, good):
    assert is_good(line) is good


def test_a_percentile_is_always_a_value_that_somebody_had():
    assert percentile([1, 2, 3, 1000], 50) == 2
    assert percentile([1, 2, 3, 1000], 99) == 1000
    assert percentile([], 99) is None


def test_the_summary_at_the_end_of_a_ledger_is_not_a_request():
    assert slices([{"summary": {"planned": 3}}], t0=0.0) == []


def test_a_slice_in_which_nothing_happened_is_still_there():
    assert [s.offered for s in slices([request(0.1, 0), request(3.1, 0)], t0=0.0)] == [1, 0, 0, 1]


def test_a_long_watch_forgets_what_it_no_longer_draws():
    kept = Slices(t0=0.0, width_s=1.0)
    for second in range(100):
        kept.add(request(second, 0.1))

    assert [s.start_s for s in kept.recent(50.5, 3)] == [47, 48, 49]
    assert kept.all()[0].offered == 0


def test_a_fault_that_was_never_lifted_reaches_to_the_end():
    events = [
        Event(1.0, "fault_on", "lag"),
        Event(2.0, "fault_off", "lag"),
        Event(3.0, "fault_on", "kill"),
        Event(4.0, "fault_off", "never on"),
    ]

    assert windows(events, until_s=9.0) == [Window("lag", 1.0, 2.0), Window("kill", 3.0, 9.0)]


def test_an_event_is_on_disk_as_soon_as_it_is_written(tmp_path):
    log = EventLog(tmp_path)

    log.write("fault_on", "lag", "250 ms", fault_id="f1")

    [line] = read_all(tmp_path / "events.jsonl")
    assert line["fault_id"] == "f1"
    assert event_of(line, line["at_s"] - 2.5) == Event(2.5, "fault_on", "lag", "250 ms")
