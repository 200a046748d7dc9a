import time

import pytest
from loop_samples import BROKEN, begun
from run_samples import write_run

from labs.commands import oncall
from labs.engine.catalogue import all_labs, find
from labs.engine.design_round import DesignRound
from labs.engine.progress import OnCall, Progress
from labs.engine.recorded import RecordedRun
from labs.engine.verdict import Outcome, Verdict
from labs.loop.board import on_call
from labs.loop.cited import Cited
from labs.loop.oncall import (
    NOTHING,
    UnnamedFolder,
    choices,
    components,
    eligible,
    graded,
    incident,
    named,
)
from labs.loop.oncall_proof import expected, proved
from labs.loop.tonight import tonight

KNOWN = all_labs()
CITED = Cited("trace", "abc", "run", "it took 2 s")
SEEDS = range(20)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_right_diagnosis_is_accepted_and_each_near_miss_refused(seed):
    drawn = incident(KNOWN, seed)
    folder = find(drawn.slug)
    asked = folder.lab.diagnosis
    right = next(m.id for m in asked.mechanism if m.right) if drawn.broken else NOTHING

    accepted = [
        mechanism
        for mechanism, _ in choices(KNOWN, seed)
        if graded(drawn, folder, asked.component, mechanism, CITED).right
    ]

    assert accepted == [right]


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A run that was broken and one that was not, as they lie on disk."""
    root = tmp_path_factory.mktemp("runs")
    return {
        broken: RecordedRun(write_run(root / f"broken-{broken}", repaired=not broken, rps=60))
        for broken in (True, False)
    }


@pytest.mark.parametrize("folder", KNOWN, ids=lambda folder: folder.lab.slug)
@pytest.mark.parametrize("seed", SEEDS)
def test_of_all_that_can_be_answered_over_all_labs_one_answer_is_held(folder, seed, runs):
    drawn = incident([folder], seed)

    one = proved(drawn, folder, KNOWN, runs[drawn.broken])

    assert one.tried == 1 + (len(choices(KNOWN, seed)) - 1) * len(components(KNOWN))
    assert one.accepted == (expected(drawn, folder),)
    assert one.holds


def test_the_seeds_try_every_lab_broken_and_nothing_wrong_in_every_lab():
    drawn = [(f.lab.slug, incident([f], seed).broken) for f in KNOWN for seed in SEEDS]

    assert {one for one, broken in drawn if broken} == {f.lab.slug for f in KNOWN}
    assert {one for one, broken in drawn if not broken} == {f.lab.slug for f in KNOWN}


def test_a_run_that_does_not_show_what_was_drawn_does_not_hold(runs):
    drawn = next(i for i in (incident(KNOWN, s) for s in SEEDS) if i.broken)

    one = proved(drawn, find(drawn.slug), KNOWN, runs[False])  # it passed: nothing was to be seen

    assert one.accepted == (expected(drawn, find(drawn.slug)),)
    assert not one.holds


def test_seeds_draw_false_alarms_and_every_lab_and_replay():
    drawn = [incident(KNOWN, seed) for seed in range(200)]

    assert {one.slug for one in drawn} == {folder.lab.slug for folder in KNOWN}
    assert 0.1 < sum(not one.broken for one in drawn) / len(drawn) < 0.3
    assert drawn == [incident(list(reversed(KNOWN)), seed) for seed in range(200)]


def test_a_right_cause_without_evidence_or_in_the_wrong_place_is_not_held():
    folder = find("07")
    drawn = next(i for i in (incident([folder], s) for s in SEEDS) if i.broken)
    right = next(m.id for m in folder.lab.diagnosis.mechanism if m.right)

    assert not graded(drawn, folder, "cache", right, None).right
    assert not graded(drawn, folder, "edge", right, CITED).right


@pytest.mark.parametrize("folder", KNOWN, ids=lambda folder: folder.lab.slug)
def test_the_run_s_files_do_not_name_the_lab(folder):
    unnamed = UnnamedFolder(folder, 0.8).lab

    assert (unnamed.number, unnamed.slug) == (99, "on-call")
    assert folder.lab.title not in unnamed.model_dump_json()
    assert folder.lab.diagnosis.component in components(KNOWN)


@pytest.mark.parametrize("folder", KNOWN, ids=lambda folder: folder.lab.slug)
def test_less_traffic_asks_for_fewer_samples_so_that_nothing_wrong_stays_nothing(folder):
    unnamed = UnnamedFolder(folder, 0.8).lab

    for own, claim in zip(folder.lab.claim, unnamed.claim, strict=True):
        assert claim.min_samples <= 0.8 * own.min_samples
        assert claim.model_copy(update={"min_samples": own.min_samples}) == own


def test_it_opens_after_four_labs(tmp_path):
    lab = begun(tmp_path)

    assert "On-call opens after 4 labs; you have 0." in lab.quick("oncall", code=2)
    progress = Progress()
    for folder in KNOWN:
        progress.lab(folder.lab.slug).solved_at = 1.0
    assert len(eligible(KNOWN, progress)) == len(KNOWN)


@pytest.mark.skipif(len(KNOWN) < 4, reason="on-call opens after four labs")
def test_an_incident_is_answered_once_and_noted(tmp_path):
    lab = begun(tmp_path)
    slugs = sorted(folder.lab.slug for folder in KNOWN)
    seed = next(s for s in SEEDS if not incident(KNOWN, s).broken)

    def paged(whole):
        for slug in slugs:
            whole.lab(slug).solved_at = 1.0
        whole.oncall.append(OnCall(seed=seed, began_at=time.time(), run=BROKEN, known=slugs))

    lab.file.change(paged)

    assert "yes: nothing was wrong" in lab.quick("oncall", "--mechanism", "nothing")
    assert lab.progress.oncall[-1].right
    assert "not paged" in lab.quick("oncall", "--mechanism", "nothing", code=2)


def paged_of_all(lab, seed, run=BROKEN):
    slugs = sorted(folder.lab.slug for folder in KNOWN)
    call = OnCall(seed=seed, began_at=time.time(), run=run, known=slugs)
    lab.file.change(lambda whole: whole.oncall.append(call))


@pytest.mark.parametrize("seed", SEEDS)
def test_the_verb_accepts_the_right_diagnosis_and_refuses_each_near_miss(tmp_path, seed):
    lab, drawn = begun(tmp_path), incident(KNOWN, seed)
    folder = find(drawn.slug)
    component, right = expected(drawn, folder)
    trace = RecordedRun(lab.home.runs / BROKEN).traces[0].trace_id
    near = [one.id for one in folder.lab.diagnosis.mechanism if one.id != right]
    wrong = [*near, *([NOTHING] if drawn.broken else [])]

    def said(mechanism, evidence, code):
        paged_of_all(lab, seed)
        where = component or folder.lab.diagnosis.component
        words = ("--component", where, "--mechanism", mechanism, "--evidence", evidence)
        return lab.quick("oncall", *words, code=code)

    for mechanism in wrong:
        assert "did not hold" in said(mechanism, trace, 1)
    if drawn.broken:
        assert "did not hold" in said(right, "0" * 32, 1)  # no such trace in the run
    assert "Your diagnosis held" in said(right, trace, 0)


def test_a_team_draws_from_the_labs_that_it_names_whoever_knows_what(tmp_path):
    lab = begun(tmp_path)  # knows none: alone, on-call would not open
    chosen = named(KNOWN, "07, 3,seq-scan-friday")

    assert [folder.lab.number for folder in chosen] == [3, 4, 7]
    assert "There is no lab 44" in lab.quick("oncall", "--labs", "07,44", code=2)
    call = OnCall(seed=1, began_at=time.time(), run=BROKEN, known=["pool-melt", "stampede"])
    lab.file.change(lambda whole: whole.oncall.append(call))
    drawn = incident(named(KNOWN, "03,07"), 1)
    component, right = expected(drawn, find(drawn.slug))
    trace = RecordedRun(lab.home.runs / BROKEN).traces[0].trace_id
    words = ("--component", component or "cache", "--mechanism", right, "--evidence", trace)
    assert "Your diagnosis held" in lab.quick("oncall", *words)


@pytest.mark.parametrize(
    ("outcome", "said"),
    [(Outcome.INCONCLUSIVE, "the machine was taken away"), (Outcome.PASS, "did not show it")],
)
def test_an_incident_that_could_not_be_seen_is_called_off(tmp_path, monkeypatch, outcome, said):
    lab = begun(tmp_path)
    seed = next(s for s in SEEDS if incident(named(KNOWN, "07"), s).broken)
    verdict = Verdict("x", "incident", outcome, (), "the machine was taken away", "", "", 1.0)
    monkeypatch.setattr(oncall, "have_programs", lambda: None)
    monkeypatch.setattr(oncall, "run_until_sure", lambda _e, _t: (verdict, lab.home.runs / BROKEN))

    told = lab.quick("oncall", "--labs", "07", "--seed", seed, code=3)

    assert "called off" in told
    assert said in told
    assert lab.progress.oncall == []


@pytest.mark.skipif(len(KNOWN) < 4, reason="on-call opens after four labs")
def test_an_evening_on_call_and_a_design_round_are_offered_now_and_then():
    progress, now = Progress(), time.time()
    for folder in KNOWN:
        progress.lab(folder.lab.slug).solved_at = now
        progress.lab(folder.lab.slug).debriefed_at = now
    assert [item.kind for item in tonight(KNOWN, progress, now)] == ["on-call", "design"]

    progress.oncall.append(OnCall(seed=1, began_at=now, ended_at=now + 60, right=True))

    progress.design.append(DesignRound(round="url-shortener", began_at=now, ended_at=now + 60))

    assert tonight(KNOWN, progress, now + 3600) == []
    progress.design[-1].ended_at = None
    assert [item.kind for item in tonight(KNOWN, progress, now + 3600)] == ["design"]
    assert on_call(progress) == "On call: 1 of 1 diagnoses held."
