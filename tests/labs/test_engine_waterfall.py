from labs.engine import waterfall
from labs.engine.spans import Span, Trace
from labs.engine.waterfall import Canvas


def span(span_id, parent_id, start_ms, end_ms, name=None, **more):
    common = {"trace_id": "t", "service": "shortener", "kind": "internal"}
    where = {"instance": "shortener-a"} | more
    return Span(
        span_id=span_id,
        parent_id=parent_id,
        name=name or span_id,
        start_s=start_ms / 1000,
        end_s=end_ms / 1000,
        **common,
        **where,
    )


def test_forty_reads_one_after_the_other_are_one_line_that_says_so():
    reads = [span(f"q{n}", "root", n, n + 1, "SELECT") for n in range(40)]

    drawn = waterfall.rows(Trace("t", (span("root", None, 0, 100), *reads)))

    assert [(row.name, row.count) for row in drawn] == [("root", 1), ("SELECT", 40)]
    assert (drawn[1].at_ms, round(drawn[1].took_ms), round(drawn[1].self_ms)) == (0, 40, 40)


def test_a_failed_span_says_so_in_words():
    broken = span("q", "root", 0, 5, status="error", attributes={"exception.message": "no\nroute"})
    trace = Trace("t", (span("root", None, 0, 10), broken))

    assert "q ERROR" in "\n".join(waterfall.lines(trace, Canvas(80)))
    assert waterfall.rows(trace)[1].detail == "ERROR: no route"


def test_the_instance_is_named_where_it_changes():
    called = span("verdict", "root", 1, 5, instance="partner")
    text = "\n".join(waterfall.lines(Trace("t", (span("root", None, 0, 9), called)), Canvas(80)))

    assert "shortener-a: root" in text
    assert "partner: verdict" in text


def test_the_bar_of_a_late_span_starts_where_it_started():
    trace = Trace("t", (span("root", None, 0, 100), span("late", "root", 75, 100)))

    root, late = waterfall.lines(trace, Canvas(80, ascii_only=True))[1:]

    assert root.count("=") == 4 * late.count("=") > 0
    assert len(root) == len(late) <= 80


def test_work_after_the_answer_says_so_instead_of_stretching_the_picture():
    trace = Trace("t", (span("root", None, 0, 10), span("relay", "lost", 5000, 5010)))

    assert waterfall.lines(trace, Canvas(80))[-1].endswith("after the answer")


def test_on_a_shared_scale_a_trace_of_a_tenth_has_a_tenth_of_the_bar():
    quick = Trace("t", (span("root", None, 0, 10),))

    alone = waterfall.lines(quick, Canvas(80, ascii_only=True))[1].count("=")
    beside = waterfall.lines(quick, Canvas(80, 100, ascii_only=True))[1].count("=")

    assert beside == round(alone / 10)


def test_a_trace_of_no_length_is_still_drawn():
    assert len(waterfall.lines(Trace("t", (span("root", None, 5, 5),)), Canvas(80))) == 2


def test_long_traces_are_cut_and_say_where_the_rest_is():
    many = [span(f"s{n:03}", "root", n, n + 1) for n in range(90)]

    text = waterfall.lines(Trace("t", (span("root", None, 0, 100), *many)), Canvas(most_rows=20))

    assert len(text) == 22
    assert "71 more" in text[-1]
