import json
import tomllib

import pytest
from lab_samples import LAB_TOML

from labs.engine.evidence import Event, Evidence, Request, Sample, read_evidence
from labs.engine.measures import BUILT_IN, measures_of
from labs.engine.model import Lab
from labs.engine.seed import codes_of, expected_urls, seed_sql

LAB = Lab.model_validate(tomllib.loads(LAB_TOML))


def request(sent_s=1.0, took_s=0.01, status=302, code="launch", location=None, phase="launch"):
    where = f"https://example.com/{code}" if location is None else location
    return Request(
        phase, "visit", "GET", f"/{code}", sent_s, sent_s, sent_s + took_s, status, where
    )


def evidence(tmp_path, **what):
    return Evidence(LAB, tmp_path, **what)


def value(name, found, **of):
    return BUILT_IN[name](found, of).value


def test_every_measure_says_what_it_reads_and_in_which_unit():
    assert len(BUILT_IN) > 15
    assert all(measure.says.endswith(".") for measure in BUILT_IN.values())


@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_a_run_that_observed_nothing_measures_nothing(tmp_path, name):
    of = {
        "p99_ratio": {"phase": "launch", "baseline": "launch"},
        "open_longer": {"over_s": 2},
        "status_share": {"status": 302},
        "status_count": {"status": 302},
        "ok_share_while": {"fault": "dead"},
        "ok_share_after": {"at_s": 1},
        "stale_answers": {"action": "correction", "after_s": 1},
        "statement_calls": {"statement": "links"},
        "statement_calls_per_period": {"statement": "links", "phase": "launch", "period_s": 2},
        "peak_statement_calls": {"statement": "links", "within_s": 1},
        "action_value": {"action": "correction"},
        "span_count": {"name": "SELECT"},
        "peak_spans": {"name": "SELECT"},
    }.get(name, {})
    measured = BUILT_IN[name](evidence(tmp_path), of)

    assert measured.samples == 0 or measured.value is None


def test_a_request_without_an_answer_counts_as_failed(tmp_path):
    found = evidence(tmp_path, requests=(request(), request(status=0), request(status=503)))

    assert value("ok_share", found, phase="launch") == pytest.approx(1 / 3)
    assert value("failed_requests", found) == 2


def test_requests_are_counted_while_a_fault_was_really_on(tmp_path):
    requests = tuple(request(sent_s=s, status=302 if s < 2 else 503) for s in (1, 2.5, 3, 9))
    events = (Event(2.0, "fault_on", "dead"), Event(4.0, "fault_off", "dead"))
    found = evidence(tmp_path, requests=requests, events=events)

    assert BUILT_IN["ok_share_while"](found, {"fault": "dead"}).samples == 2
    assert value("ok_share_while", found, fault="dead") == 0


def test_a_redirect_elsewhere_is_wrong_and_a_corrected_one_is_not(tmp_path):
    requests = (
        request(),
        request(location="https://elsewhere.example/"),
        request(code="news007", location="https://example.com/news/7"),
        request(code="news007", location="https://example.com/news/8"),
        request(code="unknown", location="https://example.com/x"),
    )

    assert value("wrong_locations", evidence(tmp_path, requests=requests)) == 2


def test_stale_answers_are_those_sent_later_than_promised(tmp_path):
    raw = tomllib.loads(LAB_TOML)
    new = "https://example.com/new"
    raw["action"][0]["args"]["expect"] = {"code": "launch", "url": new}
    lab = Lab.model_validate(raw)
    requests = (request(sent_s=3.5), request(sent_s=5.5), request(sent_s=5.6, location=new))
    found = Evidence(lab, tmp_path, requests=requests, events=(Event(3.0, "action", "correction"),))

    measured = BUILT_IN["stale_answers"](found, {"action": "correction", "after_s": 2})

    assert (measured.value, measured.samples) == (1, 2)


def test_statements_are_counted_by_their_text_within_a_phase(tmp_path):
    samples = (
        Sample(0.1, {"1": 100, "2": 5}),
        Sample(1.0, {"1": 140}),
        Sample(3.0, {"1": 180, "2": 900}),
        Sample(5.4, {"1": 999}),
    )
    statements = {"1": "SELECT url\nFROM links WHERE code_key = $1", "2": "INSERT INTO outbox"}
    found = evidence(tmp_path, samples=samples, statements=statements)
    of = {"statement": "from links", "phase": "launch"}

    assert value("statement_calls", found, **of) == 80
    assert value("statement_calls_per_period", found, **of, period_s=2) == 40
    assert value("peak_statement_calls", found, **of, within_s=0.5) == 40


def test_overlap_is_counted_at_its_highest(tmp_path):
    requests = (request(1, 1), request(1.5, 1), request(2.2, 1), request(9, 1))

    assert value("peak_open", evidence(tmp_path, requests=requests)) == 2


def test_an_action_that_failed_measures_nothing(tmp_path):
    events = (
        Event(1, "action", "correction", {"value": 3}),
        Event(2, "action", "correction", {"value": 9, "error": "gone"}),
    )

    assert value("action_value", evidence(tmp_path, events=events), action="correction") == 3


def test_evidence_is_read_from_a_folder_that_is_still_being_written(tmp_path):
    (tmp_path / "plan.json").write_text('{"t0": 1000.0}')
    line = {
        "n": 1, "phase": "launch", "name": "visit", "method": "GET", "path": "/launch",
        "planned_s": 1001.0, "sent_s": 1001.0, "done_s": 1001.5, "status": 302,
        "location": None, "error": None, "bytes": 0, "trace_id": "ab",
    }  # fmt: skip
    text = json.dumps(line)
    (tmp_path / "requests.jsonl").write_text(f"{text}\n{text[:40]}")
    (tmp_path / "events.jsonl").write_text(
        '{"at_s": 1002.0, "kind": "action", "name": "correction", "says": "", "value": 4}\n'
    )
    (tmp_path / "samples.jsonl").write_text(
        '{"statements": {"7": "SELECT 1"}, "at_s": 1000.5, "calls": {"7": 2}}\n'
    )

    found = read_evidence(LAB, tmp_path)

    assert [r.took_s for r in found.requests] == [0.5]
    assert found.events[0].data["value"] == 4
    assert found.samples[0].at_s == 0.5
    assert found.statements == {"7": "SELECT 1"}


def test_a_lab_brings_measures_of_its_own(tmp_path):
    (tmp_path / "claims.py").write_text(
        "from labs.engine.measures import Measured, measure\n"
        "MEASURES = {}\n"
        "@measure(MEASURES, 'lambs')\n"
        "def lambs(evidence, *, phase):\n"
        "    'Lambs.'\n"
        "    return Measured(7, 1)\n"
    )
    table = measures_of(tmp_path)

    assert table["lambs"].unit == "lambs"
    assert "missing" in table["lambs"].refuses({})
    assert table["lambs"].refuses({"phase": "x"}) == ""


def test_a_range_of_links_is_expanded_alike_in_load_urls_and_sql():
    assert codes_of(LAB, "news{n:03}")[:2] == ["news000", "news001"]
    assert expected_urls(LAB, "news049") == {"https://example.com/news/49"}
    assert expected_urls(LAB, "news050") == frozenset()
    assert expected_urls(LAB, "news49") == frozenset()
    assert "generate_series(0, 49)" in seed_sql(LAB)


def test_backends_that_idle_in_a_transaction_are_a_share_of_the_looks(tmp_path):
    samples = (
        Sample(1.0, {}, idle_in_transaction={"shortener-a": 3}),
        Sample(2.0, {}, idle_in_transaction={"psql": 1}),
        Sample(3.0, {}),
        Sample(9.0, {}, idle_in_transaction={"shortener-a": 3}),
    )
    events = (Event(0.5, "fault_on", "slow"), Event(4.0, "fault_off", "slow"))
    found = evidence(tmp_path, samples=samples, events=events)
    of = {"application": "shortener", "fault": "slow"}

    assert value("idle_in_transaction_share", found, **of) == pytest.approx(1 / 3)
    assert value("idle_in_transaction_share", found) == pytest.approx(2 / 3)
    assert value("idle_in_transaction_share", found, fault="never") is None
