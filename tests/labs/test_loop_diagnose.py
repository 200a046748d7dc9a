import json

import pytest
from loop_samples import BROKEN, begun

from labs.engine.catalogue import find
from labs.engine.recorded import RecordedRun
from labs.loop.diagnosis import TELLS, mechanisms

DIAGNOSIS = find("07").lab.diagnosis
RIGHT = next(m for m in DIAGNOSIS.mechanism if m.right)
STATEMENT = "from links where code_key"


@pytest.fixture
def lab(tmp_path):
    return begun(tmp_path)


def trace_of(lab, *, reads):
    """Return a trace that reads the row beside many others, or the first that does not."""
    run = RecordedRun(lab.home.runs / BROKEN)
    return next(
        one.trace_id
        for one in run.traces_of("launch")
        if any("SELECT links" in span.name for span in one.spans) is reads
    )


def diagnose(lab, component="cache", mechanism=RIGHT.id, evidence=STATEMENT, **how):
    words = ["--component", component, "--mechanism", mechanism, "--evidence", evidence]
    return lab("diagnose", *words, **how)


def test_the_right_place_cause_and_evidence_hold(lab):
    said = diagnose(lab)

    assert "component: cache, yes" in said
    assert "executed " in said
    assert "Your diagnosis holds. Now repair the code in " in said
    assert "next: ./lab watch" in said
    assert lab.stampede.diagnoses[-1].right


@pytest.mark.parametrize(
    "near", [m for m in DIAGNOSIS.mechanism if not m.right], ids=lambda m: m.id
)
def test_a_near_miss_is_told_what_it_would_have_looked_like_and_not_the_answer(lab, near):
    said = diagnose(lab, mechanism=near.id, code=1)

    assert near.would in said
    assert RIGHT.says not in said
    assert not lab.stampede.diagnoses[-1].right


def test_a_wrong_component_is_told_what_it_would_have_looked_like(lab):
    said = diagnose(lab, component="pool", code=1)

    assert TELLS["pool"] in said
    assert "component: cache" not in said


@pytest.mark.parametrize("kind", ["", "trace "])
def test_a_trace_is_evidence_when_it_is_in_the_run(lab, kind):
    cited = kind + trace_of(lab, reads=True)[-8:]

    assert f"trace in run {BROKEN}" in diagnose(lab, evidence=cited)


def test_a_trace_that_does_not_show_the_symptom_is_told_where_to_look_and_no_cause(lab):
    said = diagnose(lab, evidence=trace_of(lab, reads=False), code=1)

    assert "but it does not show this. Look for the traces of GET /{code}" in said
    assert "component: cache, yes" in said
    assert not lab.stampede.diagnoses[-1].right
    assert not lab.stampede.diagnoses[-1].evidence


@pytest.mark.parametrize("made_up", ["deadbeefdeadbeef", "DROP TABLE links", "log: it is on fire"])
def test_evidence_that_is_not_in_the_run_is_none(lab, made_up):
    said = diagnose(lab, evidence=made_up, code=1)

    assert "nothing like it is in your runs" in said
    assert not lab.stampede.diagnoses[-1].right


@pytest.mark.parametrize("as_printed", ["pool is empty", "warning pool is empty"])
def test_a_line_of_a_log_is_evidence_as_it_stands_and_as_it_is_shown(lab, as_printed):
    folder = lab.home.runs / BROKEN / "log"
    folder.mkdir()
    (folder / "shortener-a.log").write_text('{"message": "pool is empty", "level": "warning"}\n')

    assert "log in run" in diagnose(lab, evidence=as_printed)


def test_a_panel_cannot_be_checked_without_prometheus_and_says_so(lab):
    said = diagnose(lab, evidence="panel cache.loads", code=2)

    assert "Prometheus is not running." in said


def test_skipping_is_an_answer_and_nothing_waits_for_it(lab):
    assert "next: ./lab watch" in lab("diagnose", "--skip")
    assert "next: ./lab diagnose" not in lab()


def test_without_a_terminal_what_is_missing_is_said(lab):
    assert "(or --skip)" in lab("diagnose", code=2)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--component", "cahce"), "the nearest is cache"),
        (("--mechanism", "9"), "there are "),
    ],
)
def test_a_choice_that_there_is_not_is_answered_with_those_there_are(lab, words, told):
    given = {"--component": "cache", "--mechanism": RIGHT.id, "--evidence": STATEMENT}
    given |= dict([words])

    assert told in lab("diagnose", *[word for pair in given.items() for word in pair], code=2)


def test_the_choices_stand_in_an_order_that_says_nothing():
    first = mechanisms(DIAGNOSIS, "stampede")

    assert [m.id for m in first] == [m.id for m in mechanisms(DIAGNOSIS, "stampede")]
    assert len({mechanisms(DIAGNOSIS, str(n))[0].id for n in range(50)}) == len(first)


def test_json_says_what_held(lab):
    told = json.loads(diagnose_json(lab))

    assert told["right"]
    assert told["evidence"]["run"] == BROKEN
    assert {c["id"] for c in json.loads(lab("diagnose", "--choices", "--json"))["mechanisms"]} == {
        m.id for m in DIAGNOSIS.mechanism
    }


def diagnose_json(lab):
    words = ["--component", "cache", "--mechanism", RIGHT.id, "--evidence", STATEMENT]
    return lab("diagnose", *words, "--json")


def test_without_a_run_there_is_nothing_to_cite(tmp_path):
    lab = begun(tmp_path)
    for path in sorted((lab.home.runs / BROKEN).glob("*")):
        path.unlink()

    assert "next: ./lab break" in diagnose(lab, code=2)


def test_at_a_terminal_three_questions_are_asked_and_enter_skips(lab):
    ids = [m.id for m in mechanisms(DIAGNOSIS, "stampede")]
    typed = f"cache\n{ids.index(RIGHT.id) + 1}\n{STATEMENT}\n"

    assert "Your diagnosis holds." in lab.quick("diagnose", typed=typed)
    assert "Skipped." in lab.quick("diagnose", typed="\n")
    assert [d.right for d in lab.stampede.diagnoses] == [True, False]
