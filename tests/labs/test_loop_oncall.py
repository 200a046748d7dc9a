import time

import pytest
from loop_samples import BROKEN, begun

from labs.engine.catalogue import all_labs, find
from labs.engine.design_round import DesignRound
from labs.engine.progress import OnCall, Progress
from labs.loop.board import on_call
from labs.loop.cited import Cited
from labs.loop.oncall import NOTHING, UnnamedFolder, choices, components, eligible, graded, incident
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
