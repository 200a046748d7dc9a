import itertools
import tomllib

import pytest
from lab_samples import LAB_TOML

from labs.engine.evidence import Event, Evidence, Request
from labs.engine.guards import GUARDS
from labs.engine.measures import BUILT_IN, Measured
from labs.engine.model import Claim, Lab
from labs.engine.outside import OTHERS_BURN, outside_causes
from labs.engine.results import Result, spoken
from labs.engine.verdict import Outcome, judge, judge_claim, outcome

LAB = Lab.model_validate(tomllib.loads(LAB_TOML))
URL = "https://example.com/launch"
HEAD = {"lab": "sample", "variant": "workspace", "code": "abc", "started_at": "", "seconds": 1.0}
SUMMARY = {"planned": 400, "sent": 400, "answered": 400, "schedule_error_p99_ms": 3.0}


def result(ok, stretch=False):
    return Result("x", "x holds", None if ok is None else 1.0, "1", "", ok, stretch=stretch)


def expected(oks, outside):
    if outside:
        return Outcome.INCONCLUSIVE
    return Outcome.PASS if oks and all(ok is True for ok in oks) else Outcome.FAIL


@pytest.mark.parametrize("outside", [[], ["the machine slept."]])
@pytest.mark.parametrize(
    "oks", [c for n in range(4) for c in itertools.product([True, False, None], repeat=n)]
)
def test_only_a_run_in_which_everything_needed_was_measured_and_holds_passes(oks, outside):
    assert outcome([result(ok) for ok in oks], outside) is expected(oks, outside)


@pytest.mark.parametrize("ok", [True, False, None])
def test_a_stretch_claim_changes_nothing(ok):
    assert outcome([result(True), result(ok, stretch=True)], []) is Outcome.PASS
    assert outcome([result(False), result(ok, stretch=True)], []) is Outcome.FAIL
    assert outcome([result(ok, stretch=True)], []) is Outcome.FAIL


def test_every_outcome_has_its_own_exit_code():
    assert [o.exit_code for o in (Outcome.PASS, Outcome.FAIL, Outcome.INCONCLUSIVE)] == [0, 1, 3]


CLAIM = Claim(
    id="loads",
    says="few reads",
    measure="x",
    at_most=14,
    min_samples=3,
    unit="reads",
    felt="{measured} {unit}, needed {needed}",
    traded="the database",
)


def test_a_broken_claim_says_what_people_felt_and_what_was_traded():
    judged = judge_claim(CLAIM, Measured(97.6, 3))

    assert judged.ok is False
    assert judged.felt == "97.6 reads, needed at most 14"
    assert judged.traded == "the database"


def test_a_claim_that_holds_blames_nobody():
    judged = judge_claim(CLAIM, Measured(2.0, 3))

    assert judged.ok is True
    assert judged.felt == judged.traded == ""


@pytest.mark.parametrize("measured", [Measured(2.0, 2), Measured(99.0, 2), Measured(None, 9)])
def test_too_few_samples_measure_nothing(measured):
    judged = judge_claim(CLAIM, measured)

    assert judged.ok is None
    assert judged.measured is None
    assert "not measured" in judged.felt


def whole_run(tmp_path, drop=(), **change):
    """Evidence of a run in which everything holds."""
    visits = tuple(
        Request("launch", "visit", "GET", "/launch", s / 10, s / 10, s / 10 + 0.01, 302, URL)
        for s in range(40)
    )
    events = [
        Event(5.0, "fault_on", "dead"),
        Event(5.4, "probe", "dead", {"on": True, "seen": "no process"}),
        Event(6.0, "fault_off", "dead"),
        Event(9.0, "instance", "shortener-a", {"code": "abc", "wanted": "abc"}),
        Event(9.0, "cpu", "cpu", {"services_share": 0.3}),
        Event(9.0, "canary", "canary", {"worst_s": 0.02, "late_share": 0.0, "suspended_s": 0}),
        *(Event(9.0, "guard", guard.name, {"asked": 3, "broken": []}) for guard in GUARDS),
    ]
    events = [event for event in events if event.kind not in drop and event.name not in drop]
    parts = {"requests": visits, "summary": SUMMARY, "events": tuple(events), **change}
    return Evidence(LAB, tmp_path, **parts)


def add(evidence, *events):
    return Evidence(
        evidence.lab,
        evidence.folder,
        evidence.requests,
        evidence.summary,
        events=evidence.events + events,
    )


def verdict(evidence):
    return judge(evidence, BUILT_IN, HEAD)


def test_a_whole_run_passes(tmp_path):
    judged = verdict(whole_run(tmp_path))

    assert judged.verdict is Outcome.PASS
    assert judged.why == ""
    assert judged.broken == ()


@pytest.mark.parametrize("guard", [guard.name for guard in GUARDS])
def test_a_guard_that_was_not_asked_or_is_broken_fails_the_run(tmp_path, guard):
    unasked = verdict(whole_run(tmp_path, drop={guard}))
    told = Event(9.0, "guard", guard, {"asked": 1, "broken": ["POST answered 500"]})
    broken = verdict(add(whole_run(tmp_path), told))

    assert unasked.verdict is broken.verdict is Outcome.FAIL
    assert [r.id for r in broken.broken] == [f"guard.{guard}"]
    assert "POST answered 500" in broken.why
    assert broken.broken[0].traded


def test_a_visitor_of_the_load_who_is_led_elsewhere_breaks_the_guard_of_places(tmp_path):
    asked = Request(
        "launch", "visit", "GET", "/launch", 1.0, 1.0, 1.1, 302, "https://else.example/"
    )
    whole = whole_run(tmp_path)

    judged = verdict(whole_run(tmp_path, requests=(*whole.requests, asked)))

    assert [(r.id, r.measured) for r in judged.broken] == [("guard.location", 1.0)]


@pytest.mark.parametrize(
    ("drop", "extra", "told"),
    [
        (("fault_on",), (), "could not be put on"),
        (("probe",), (), "nobody could tell"),
        ((), (Event(5.5, "probe", "dead", {"on": False, "seen": "pid 7"}),), "was not on"),
        ((), (Event(9, "problem", "sampler", {"says": "PostgreSQL was away."}),), "was away"),
        (
            (),
            (Event(9, "instance", "shortener-b", {"code": "def", "wanted": "abc"}),),
            "saved meanwhile",
        ),
        (("canary",), (Event(9, "canary", "c", {"worst_s": 1.4}),), "was busy"),
        (("canary",), (Event(9, "canary", "c", {"late_share": 0.2}),), "was busy"),
        (("canary",), (Event(9, "canary", "c", {"suspended_s": 40}),), "slept for 40 s"),
        ((), (Event(9, "cpu", "cpu", {"others_share": 0.8}),), "other processes used 80%"),
        (("fault_on",), (Event(5.9, "fault_on", "dead"),), "the fault dead came 0.9 s late"),
        ((), (Event(6.2, "action", "edit", {"late_s": 0.7}),), "edit came 0.7 s late"),
    ],
)
def test_what_the_workspace_could_not_have_done_is_inconclusive(tmp_path, drop, extra, told):
    judged = verdict(add(whole_run(tmp_path, drop=drop), *extra))

    assert judged.verdict is Outcome.INCONCLUSIVE
    assert told in judged.why
    assert judged.why.startswith("This is not your code")


@pytest.mark.parametrize(
    "summary",
    [
        {},
        SUMMARY | {"sent": 359},
        SUMMARY | {"schedule_error_p99_ms": 300},
        SUMMARY | {"planned": 0},
    ],
)
def test_load_that_was_late_or_missing_is_inconclusive(tmp_path, summary):
    assert verdict(whole_run(tmp_path, summary=summary)).verdict is Outcome.INCONCLUSIVE


def test_a_processor_that_the_services_burned_is_the_learners(tmp_path):
    run = whole_run(tmp_path, drop=("cpu", "canary"), summary=SUMMARY | {"sent": 100})
    burned = add(
        run,
        Event(9, "cpu", "cpu", {"services_share": 0.9}),
        Event(9, "canary", "canary", {"worst_s": 3.0}),
    )
    judged = verdict(burned)

    assert outside_causes(burned) == []
    assert judged.verdict is Outcome.FAIL
    assert judged.broken[0].id == "guard.load"


def test_a_sleeping_laptop_is_outside_whatever_the_services_burned(tmp_path):
    run = add(
        whole_run(tmp_path, drop=("cpu", "canary")),
        Event(9, "cpu", "cpu", {"services_share": 0.9}),
        Event(9, "canary", "canary", {"suspended_s": 60}),
    )

    assert verdict(run).verdict is Outcome.INCONCLUSIVE


def test_numbers_are_spoken_with_three_figures():
    assert [spoken(v) for v in (98.0, 97.56, 1234.5, 0.98765, 0)] == [
        "98", "97.6", "1234", "0.988", "0",
    ]  # fmt: skip


def test_a_busy_machine_is_told_with_the_limit_and_with_who_was_busy(tmp_path):
    used = {"others_share": 0.8, "others": [["cc1plus", 0.61], ["idle", 0.001]]}
    busy = Evidence(LAB, tmp_path, events=(Event(9, "cpu", "cpu", used),), summary=SUMMARY)

    cause = next(said for said in outside_causes(busy) if "machine was busy" in said)

    assert f"80% of its processors (at most {OTHERS_BURN:.0%})" in cause
    assert "cc1plus 61%" in cause
    assert "idle" not in cause


@pytest.mark.parametrize(("value", "said"), [(5.2e-15, "0"), (-1e-12, "0"), (0.0021, "0.0021")])
def test_what_is_left_of_floats_that_cancel_is_nothing(value, said):
    assert spoken(value) == said
