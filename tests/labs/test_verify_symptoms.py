import json
import tomllib
from dataclasses import asdict
from types import SimpleNamespace

import pytest
from lab_samples import LAB_TOML
from pydantic import ValidationError

from labs.engine import prometheus
from labs.engine.model import Lab
from labs.engine.prometheus import Series
from labs.engine.spans import Span
from labs.engine.symptom import Symptom, disagreement
from labs.engine.verify_symptoms import _seen, in_traces, on_panel, unnamed


def panel(**more):
    return Symptom(
        **({"panel": "cache.loads", "read": "highest", "says": "x y", "at_least": 10} | more)
    )


def trace(read, **more):
    table = {"trace": "GET /{code}", "span": "SELECT", "read": read, "says": "x y", "at_least": 3}
    return Symptom(**(table | more))


DRAWN = [Series("shortener-a", (None, 2.0, 30.0)), Series("shortener-b", (1.0, None, 4.0))]


def test_a_panel_is_read_by_its_height_its_depth_or_whether_anything_is_drawn():
    assert on_panel(panel(), DRAWN) == 30.0
    assert on_panel(panel(line="-b"), DRAWN) == 4.0
    assert on_panel(panel(read="lowest"), DRAWN) == 1.0
    assert on_panel(panel(read="points"), DRAWN) == 4.0


def test_an_empty_panel_shows_nothing_and_no_points():
    assert on_panel(panel(), []) is None
    assert on_panel(panel(read="points"), []) == 0.0


def span(trace_id, name, start_s, end_s):
    return Span(trace_id, f"{name}{start_s}", None, "s", "a", name, "internal", start_s, end_s)


SPANS = [
    span("one", "GET /{code}", 1.0, 2.0),
    span("one", "SELECT links", 1.1, 1.9),
    span("one", "SELECT links", 1.2, 1.3),
    span("two", "GET /{code}", 1.5, 1.6),
    span("other", "POST /api/v1/links", 1.0, 9.0),
    span("other", "SELECT links", 1.0, 9.0),
    span("late", "GET /{code}", 7.0, 9.0),
    span("late", "SELECT links", 7.0, 9.0),
]


@pytest.mark.parametrize(
    ("read", "value"), [("longest_s", 0.8), ("most_in_one", 2), ("share", 0.5), ("at_once", 2)]
)
def test_traces_are_those_of_the_route_that_began_in_the_window(read, value):
    assert in_traces(trace(read), SPANS, 0.0, 5.0) == value


def test_a_wait_is_counted_in_the_length_of_something_else_in_the_same_run():
    long = trace("longest_s", span="GET", per="SELECT")

    assert in_traces(long, SPANS, 0.0, 5.0) == pytest.approx(1.0 / 1.4, abs=0.001)
    assert in_traces(trace("longest_s", per="hash"), SPANS, 0.0, 5.0) is None


@pytest.mark.parametrize(("times", "longest_s"), [(1, 0.8), (2, 0.1), (3, 0.0)])
def test_one_long_wait_may_be_an_accident_several_are_none(times, longest_s):
    assert in_traces(trace("longest_s", times=times), SPANS, 0.0, 5.0) == pytest.approx(longest_s)


def test_only_the_longest_waits_are_counted_so():
    with pytest.raises(ValueError, match="go with longest_s only"):
        trace("share", times=2)


@pytest.mark.parametrize(
    ("steps", "longest_s"),
    [
        (["BEGIN", "ask", "COMMIT"], 0.1),
        (["BEGIN", "COMMIT", "ask", "BEGIN", "COMMIT"], 0.0),
        (["BEGIN", "ROLLBACK", "ask"], 0.0),
        (["BEGIN", "ask"], 0.1),  # it never ended
        (["ask", "BEGIN", "COMMIT"], 0.0),
        (["ask"], 0.0),
    ],
)
def test_what_is_waited_for_in_the_middle_of_a_transaction(steps, longest_s):
    others = [span("other", name, 0.1 * n, 0.1 * n + 0.05) for n, name in enumerate(["BEGIN"] * 9)]
    asked = [span("one", name, 0.1 * n + 0.02, 0.1 * n + 0.12) for n, name in enumerate(steps)]
    spans = [span("one", "GET /{code}", 0.0, 1.0), *asked, *others]

    read = in_traces(trace("longest_s", span="ask", in_transaction=True), spans, 0.0, 5.0)

    assert read == pytest.approx(longest_s, abs=0.001)


def test_twins_are_those_of_one_phase(tmp_path):
    others = [
        part
        for n in range(9)
        for part in (
            span(f"of-others{n}", "GET /{code}", 1.0, 2.0),
            span(f"of-others{n}", "SELECT links", 1.1, 1.9),
        )
    ]
    kept = [asdict(one) for one in (*SPANS, *others)]
    (tmp_path / "spans.jsonl").write_text("".join(json.dumps(one) + "\n" for one in kept))
    ids = {one["trace_id"]: "launch" if one["trace_id"] == "one" else "lunch" for one in kept}
    asked = [{"trace_id": id_, "phase": phase, "planned_s": 1.0} for id_, phase in ids.items()]
    (tmp_path / "requests.jsonl").write_text("".join(json.dumps(one) + "\n" for one in asked))
    lab = Lab.model_validate(tomllib.loads(LAB_TOML))

    assert _seen(None, lab, trace("at_once", phase="launch"), tmp_path, 0.0) == 2


def test_a_route_that_nobody_asked_for_shows_nothing():
    assert in_traces(trace("share"), SPANS, 20.0, 30.0) is None


def test_the_bug_must_show_it_and_the_reference_must_not():
    assert disagreement(panel(), "bug", 30.0) == ""
    assert disagreement(panel(), "reference", 2.0) == ""
    assert disagreement(panel(), "reference", None) == ""
    assert "panel cache.loads shows highest 2" in disagreement(panel(), "bug", 2.0)
    assert "shows nothing" in disagreement(panel(), "bug", None)
    assert "shows without the bug" in disagreement(panel(), "reference", 30.0)


@pytest.mark.parametrize(
    "changed",
    [{"trace": "GET", "span": "x"}, {"panel": ""}, {"read": "share"}, {"at_most": 3}, {"sql": "x"}],
)
def test_a_symptom_has_one_place_one_bound_and_a_way_to_read_it(changed):
    with pytest.raises(ValidationError):
        panel(**changed)


def with_symptom(folder, text, look=""):
    path = folder.path / "lab.toml"
    marked = LAB_TOML.replace("[right.other]", f"{text}\n[right.other]")
    path.write_text(marked.replace("level = 2", f"level = 2\n{look}"))
    lab = type(folder)(folder.path).lab
    return "\n".join(unnamed(folder, lab))


TABLE = '[[symptom]]\nsays = "it is high"\nat_least = 3\n'


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("", "no [[symptom]] says"),
        (f'{TABLE}panel = "cache.lodes"\nread = "highest"', "no panel 'cache.lodes'"),
        (f'{TABLE}panel = "cache.loads"\nread = "highest"', 'empty without "prometheus" in needs'),
        (f'{TABLE}panel = "cache.loads"\nread = "highest"', "names cache.loads"),
        (f'{TABLE}trace = "GET"\nspan = "x"\nread = "share"', "names ./lab trace"),
        (f'{TABLE}sql = "SELECT 1 FROM click_counts"\nread = "value"', "names click_counts"),
        (f'{TABLE}trace = "GET"\nspan = "x"\nread = "share"\nphase = "no"', "no [[load]] named"),
    ],
)
def test_what_is_missing_of_a_symptom_is_named(folder, table, told):
    assert told in with_symptom(folder, table)


def test_a_symptom_that_a_look_leads_to_is_complete(folder):
    table = f'{TABLE}trace = "GET"\nspan = "x"\nread = "share"\nphase = "launch"'

    assert with_symptom(folder, table, 'look = ["./lab trace"]') == ""


@pytest.mark.parametrize(
    ("start_s", "duration_s", "until_s", "seconds"), [(0.5, 2.4, 105.0, 1), (5.0, 3.0, 110.0, 5)]
)
def test_a_panel_is_read_where_its_windows_hold_this_run_alone(
    monkeypatch, tmp_path, start_s, duration_s, until_s, seconds
):
    asked = []
    monkeypatch.setattr(prometheus, "ask", lambda *words: asked.append(words[2:]) or DRAWN)
    raw = tomllib.loads(LAB_TOML)
    raw["load"][0] |= {"start_s": start_s, "duration_s": duration_s}
    home = SimpleNamespace(url=lambda _name: "http://127.0.0.1:1")

    read = _seen(home, Lab.model_validate(raw), panel(phase="launch"), tmp_path, 100.0)

    assert (read, asked) == (30.0, [(seconds, until_s)])
