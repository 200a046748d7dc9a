"""Each reading of a `[[symptom]]`, asked of one trace that shows it and of one that does not."""

from types import SimpleNamespace

import pytest

from dashboards import panels
from labs.engine.catalogue import find
from labs.engine.prometheus import Series
from labs.engine.spans import Span, traces
from labs.loop import panel_evidence
from labs.loop.cited import Cited
from labs.loop.shown import held_against

CLICK, CREATE, LISTS = "GET /{code}", "POST /api/v1/links", "GET /api/v1/links"


def span(trace, name, took_s=0.01, start_s=0.0):
    ids = (trace, f"{trace}-{name}-{start_s}", None)
    return Span(*ids, "shortener", "shortener-a", name, "internal", start_s, start_s + took_s)


def request(trace, route, *names, took_s=0.01):
    return [span(trace, route, took_s), *[span(trace, name, took_s) for name in names]]


def held(number, spans, trace):
    found = traces(spans)
    of = {"launch": [one for one in found if not one.trace_id.startswith("other")]}
    run = SimpleNamespace(run_id="run", traces=found, traces_of=of.get)
    cited = Cited("trace", trace, "run", "it took a while")
    return held_against(find(number).lab.symptom, [run], cited)


SHOWN = {
    "01": [
        *request("good", CLICK, took_s=0.9),
        *request("slow", "POST /api/v1/auth/login", "verify password", took_s=0.2),
    ],
    "05": [
        *request("good", CREATE, "SELECT links", "INSERT links"),
        *request("slow", CREATE, "SELECT links", took_s=3.0),
    ],
    "03": [
        *request("good", CLICK, "wait for a connection", took_s=1.2),
        *request("slow", CREATE, "POST /v1/verdicts", took_s=3.0),
    ],
    "06": [
        *request("good", LISTS, "SELECT links"),
        *request("slow", LISTS, "redis EVALSHA", took_s=3.0),
    ],
    "08": [
        *request("good", CREATE, "publish link-events", took_s=1.3),
        *request("slow", CLICK, "SELECT links", took_s=3.0),
    ],
    "10": [
        *request("good", CREATE),
        *[span("good", "POST /v1/verdicts", start_s=n / 10) for n in range(18)],
        *request("slow", CREATE, "POST /v1/verdicts", took_s=3.0),
    ],
}


@pytest.mark.parametrize("number", SHOWN)
def test_a_trace_that_shows_the_symptom_is_evidence_and_one_that_is_slow_is_not(number):
    assert not held(number, SHOWN[number], "good").look_for
    assert held(number, SHOWN[number], "slow").look_for


def test_twins_are_twins_only_while_others_are_open_beside_them():
    spans = [one for n in range(6) for one in request(f"twin{n}", CLICK, "SELECT links")]
    spans += [span("alone", CLICK, 3.0, 9.0), span("alone", "SELECT links", 3.0, 9.0)]
    spans += [one for n in range(9) for one in request(f"other{n}", CLICK, "SELECT links")]

    assert not held("07", spans, "twin0").look_for
    assert held("07", spans, "alone").look_for
    assert held("07", spans, "other0").look_for


@pytest.mark.parametrize(("number", "told"), [("04", "./lab psql"), ("02", "./lab panel")])
def test_where_time_is_not_the_sign_no_trace_is_evidence_however_slow(number, told):
    said = held(number, request("slow", CLICK, "SELECT links", took_s=3.0), "slow").look_for

    assert told in said


@pytest.mark.parametrize("kind", ["panel", "query", "log"])
def test_what_is_no_trace_stays_what_it_was(kind):
    cited = Cited(kind, "text", "run", "something")

    assert held_against(find("04").lab.symptom, [], cited) is cited


@pytest.mark.parametrize(
    ("panel", "there"), [("overview.latency", True), ("overview.traffic", False)]
)
def test_a_panel_without_a_line_is_evidence_where_that_is_the_symptom(monkeypatch, panel, there):
    run = SimpleNamespace(run_id="run")
    monkeypatch.setattr(panel_evidence, "_drawn", lambda *_: [Series("p99", (None, None))])
    ask = panel_evidence.asker(None, find("02").lab.symptom)

    assert panel in panels.every()
    assert (ask(run, panel) is not None) is there
