"""Where the bars of a trace stand on a page, and what was logged beside them."""

import pytest

from labs.console import waterfall as page
from labs.engine.logs import LogLine
from labs.engine.spans import Span, Trace

T0_S = 1_700_000_000.0


def span(span_id, parent_id, start_ms, end_ms, **more):
    common = {"trace_id": "ab" * 16, "name": span_id, "kind": "internal"}
    where = {"service": "shortener", "instance": "shortener-a"} | more
    times = {"start_s": T0_S + start_ms / 1000, "end_s": T0_S + end_ms / 1000}
    return Span(span_id=span_id, parent_id=parent_id, **common | where | times)


def laid_out(*members, said=()):
    return page.waterfall(Trace("ab" * 16, members), said)


ROOT = span("root", None, 0, 100)
QUERY = span("query", "root", 25, 75, attributes={"db.query.text": "SELECT 1", "rows": 3})
SENT = span("send", "query", 2000, 2010, service="relay", instance="relay")
STORED = span("process", "send", 2005, 2020, service="analytics", instance="analytics")


def test_a_bar_begins_and_ends_where_its_span_did_on_the_scale_of_the_request():
    (section,) = laid_out(ROOT, QUERY).sections
    root, query = section.bars

    assert (root.left_percent, root.width_percent, root.depth) == (0, 100, 0)
    assert (query.left_percent, query.width_percent, query.depth) == pytest.approx((25, 50, 1))
    assert query.attributes == {"db.query.text": "SELECT 1", "rows": "3"}
    assert query.detail == "SELECT 1"


def test_what_goes_on_after_the_answer_has_a_section_and_a_scale_of_its_own():
    made = laid_out(ROOT, QUERY, SENT, STORED)
    request, afterwards = made.sections

    assert [bar.name for bar in request.bars] == ["root", "query"]
    assert (afterwards.title, afterwards.from_ms) == (page.AFTERWARDS, pytest.approx(2000))
    sent, stored = afterwards.bars
    assert (sent.left_percent, sent.width_percent, sent.depth) == pytest.approx((0, 50, 0), abs=0.1)
    assert (stored.left_percent, stored.depth) == pytest.approx((25, 1), abs=0.1)
    assert made.services == ("shortener", "relay", "analytics")


def test_a_bar_is_never_invisible_and_never_leaves_the_picture():
    short = span("short", "root", 99.99, 99.995)
    beyond = span("beyond", "root", 50, 500)
    (section,) = laid_out(ROOT, short, beyond).sections

    for bar in section.bars:
        assert bar.width_percent >= page.NARROWEST_PERCENT
        assert bar.left_percent + bar.width_percent <= 100


def test_a_request_that_took_no_time_is_drawn_all_the_same():
    (section,) = laid_out(span("root", None, 0, 0)).sections

    assert (section.bars[0].left_percent, section.bars[0].width_percent) == (0, 100)


def test_a_failed_span_says_so_in_words_and_forty_alike_are_one_bar():
    reads = [span(f"q{n}", "root", n, n + 1, name="SELECT", status="error") for n in range(40)]
    (section,) = laid_out(ROOT, *reads).sections

    bar = section.bars[1]
    assert (bar.count, bar.failed) == (40, True)
    assert bar.says == "SELECT 40 times on shortener-a: began at 0.0 ms, took 40.0 ms, failed"


def test_a_log_line_stands_at_its_moment_of_the_request_without_what_the_trace_says_already():
    line = LogLine(
        "shortener-a",
        "2023-11-14T22:13:20.050000Z",
        {"message": "request", "level": "info", "trace_id": "ab" * 16, "status": 302},
    )
    undated = LogLine("edge", "", {"event": "GET / trace"})

    first, second = laid_out(ROOT, said=(line, undated)).log

    assert (first.at_ms, first.component, first.words) == (50.0, "shortener-a", "request")
    assert first.fields == {"status": "302"}
    assert (second.at_ms, second.words) == (None, "GET / trace")


def test_slow_ones_come_slowest_first_and_failed_ones_newest_first():
    old = Trace("a", (span("old", None, 0, 10, status="error"),))
    new = Trace("b", (span("new", None, 5000, 5001, status="error"),))
    slow = Trace("c", (span("slow", None, 100, 900),))

    assert page.slow([old, new, slow], 2) == [slow, old]
    assert page.failed([old, new, slow]) == [new, old]
