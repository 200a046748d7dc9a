import json

import pytest

from labs.engine.spans import Span, Trace, find, pair, read, slowest, traces


def span(span_id, parent_id, start_ms, end_ms, *, trace_id="t", name=None, status="ok"):
    return Span(
        trace_id=trace_id,
        span_id=span_id,
        parent_id=parent_id,
        service="shortener",
        instance="shortener-a",
        name=name or span_id,
        kind="internal",
        start_s=start_ms / 1000,
        end_s=end_ms / 1000,
        status=status,
    )


def request(trace_id, took_ms, route="GET /{code}"):
    return Trace(trace_id, (span("r", "generator", 0, took_ms, trace_id=trace_id, name=route),))


def test_self_time_is_what_no_child_covers_also_when_children_overlap():
    root = span("root", None, 0, 100)
    trace = Trace("t", (root, span("a", "root", 10, 50), span("b", "root", 40, 70)))

    assert trace.self_ms(root) == pytest.approx(40)


def test_a_child_that_outlives_its_parent_does_not_make_self_time_negative():
    root = span("root", None, 0, 100)
    trace = Trace("t", (root, span("late", "root", 90, 5000), span("all", "root", 0, 100)))

    assert trace.self_ms(root) == pytest.approx(0)


def test_the_critical_path_goes_back_from_the_answer_through_whoever_ended_last():
    trace = Trace(
        "t",
        (
            span("root", None, 0, 100),
            span("first", "root", 0, 40),
            span("beside", "root", 5, 30),
            span("last", "root", 40, 95),
            span("inside", "last", 50, 90),
        ),
    )

    assert trace.critical_path == {"root", "first", "last", "inside"}


def test_work_after_the_answer_is_not_on_the_critical_path_and_costs_the_request_nothing():
    """The relay publishes the event of a create seconds later, in the same trace."""
    trace = Trace("t", (span("later", "lost", 2000, 3000), span("root", None, 0, 100)))

    assert trace.root.span_id == "root"
    assert trace.took_ms == pytest.approx(100)
    assert trace.critical_path == {"root"}


def test_the_tree_reads_parents_first_and_earlier_children_first():
    trace = Trace(
        "t",
        (
            span("b", "root", 50, 60),
            span("a1", "a", 12, 20),
            span("a", "root", 10, 30),
            span("root", "generator", 0, 100),
        ),
    )

    assert [(node.span.span_id, node.depth) for node in trace.tree()] == [
        ("root", 0),
        ("a", 1),
        ("a1", 2),
        ("b", 1),
    ]


def test_a_span_that_arrived_twice_is_drawn_once():
    """An exporter that got no answer sends its batch again."""
    twice = span("a", "root", 10, 30)
    trace = Trace("t", (span("root", None, 0, 100), twice, twice))

    assert [node.span.span_id for node in trace.tree()] == ["root", "a"]


def test_spans_that_are_each_others_parent_do_not_hang():
    loop = [span("a", "b", 0, 1), span("b", "a", 0, 1)]

    assert traces(loop) == []


def test_the_slowest_of_a_route_come_first():
    found = [request("1", 10), request("2", 900), request("3", 400, "POST /api/v1/links")]

    assert [trace.trace_id for trace in slowest(found)] == ["2", "3", "1"]
    assert [trace.trace_id for trace in slowest(found, route="{code}")] == ["2", "1"]


def test_a_pair_sets_the_slowest_beside_the_slowest_of_the_same_route():
    before = [request("1", 2000, "GET /only-here"), request("2", 1200), request("3", 5)]
    after = [request("4", 2), request("5", 30), request("6", 700, "POST /api/v1/links")]

    worst, same = pair(before, after)

    assert (worst.trace_id, same.trace_id) == ("2", "5")
    assert pair(before, []) is None


def test_an_id_may_be_typed_short_from_either_end_and_in_capitals():
    found = [request("66eb0001", 1), request("66eb0002", 1)]

    assert [trace.trace_id for trace in find(found, "0002")] == ["66eb0002"]
    assert [trace.trace_id for trace in find(found, "66EB0001")] == ["66eb0001"]
    assert len(find(found, "66eb")) == 2


def test_a_line_that_is_still_being_written_is_left_out(tmp_path):
    line = {name: getattr(span("a", None, 0, 1), name) for name in Span.__slots__}
    whole = json.dumps(line | {"from_a_newer_sink": 1})
    (path := tmp_path / "spans.jsonl").write_text(f"{whole}\n{whole[:40]}")

    assert [one.span_id for one in read(path)] == ["a"]
    assert read(tmp_path / "missing.jsonl") == []
