import json

import pytest
from lab_samples import LAB_TOML, write_lab

from labs.engine.catalogue import LabFolder
from labs.engine.measures import measures_of
from labs.engine.verify_early import Rejection

T0 = 1_700_000_000.0
TEXT = LAB_TOML.replace('user = "visitor"', 'user = "visitor"\nargs = { codes = ["launch"] }')
AFTER_S = 5.6  # the phase is over at 4.5, and its last answers have settled


@pytest.fixture
def folder(tmp_path):
    """A lab of 400 visitors whose wrong repair is meant to fail on the share that is answered."""
    return LabFolder(write_lab(tmp_path, TEXT.replace("at_s = 5\n", "at_s = 7\n")))


def watch(folder, variant="wrong/popular"):
    return Rejection.of(folder.lab, measures_of(folder.path), variant)


def run_with(tmp_path, *, ok, bad, late_s=0.0, lines=1):
    run = tmp_path / "run"
    run.mkdir(exist_ok=True)
    (run / "plan.json").write_text(json.dumps({"t0": T0}))
    rows = []
    for n in range(ok + bad):
        at_s = T0 + 0.5 + 4 * n / 400
        row = {"n": n, "phase": "launch", "name": "x", "method": "GET", "path": "/launch"}
        row |= {"planned_s": at_s, "sent_s": at_s + late_s, "done_s": at_s + late_s + 0.01}
        rows += [row | {"status": 302 if n < ok else 503}] * lines
    (run / "requests.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return run


def arrivals(folder):
    return watch(folder)._arrivals["launch"]


def test_a_rejected_repair_is_told_by_its_claim(folder, tmp_path):
    rejection, all_of_them = watch(folder), arrivals(folder)

    assert rejection.tick(run_with(tmp_path, ok=0, bad=all_of_them), AFTER_S)

    assert [result.id for result in rejection.verdict().broken] == ["answered"]
    assert rejection.verdict().verdict.value == "FAIL"
    assert not rejection.spoilt()


def test_nothing_is_decided_while_an_answer_is_still_on_its_way(folder, tmp_path):
    run = run_with(tmp_path, ok=0, bad=arrivals(folder) - 1)

    assert not watch(folder).tick(run, AFTER_S)


def test_nothing_is_decided_while_somebody_is_in_the_middle_of_two_steps(folder, tmp_path):
    run = run_with(tmp_path, ok=0, bad=arrivals(folder), lines=2)
    kept = (run / "requests.jsonl").read_text().splitlines(keepends=True)
    (run / "requests.jsonl").write_text("".join(kept[:-1]))

    assert not watch(folder).tick(run, AFTER_S)


def test_a_repair_that_holds_so_far_runs_to_its_end(folder, tmp_path):
    assert not watch(folder).tick(run_with(tmp_path, ok=arrivals(folder), bad=0), AFTER_S)


def test_a_share_is_not_decided_before_its_phase_is_over(folder, tmp_path):
    assert not watch(folder).tick(run_with(tmp_path, ok=0, bad=arrivals(folder)), 3.0)


def test_a_run_whose_load_came_late_is_judged_at_its_end(folder, tmp_path):
    run = run_with(tmp_path, ok=0, bad=arrivals(folder), late_s=0.4)

    assert not watch(folder).tick(run, AFTER_S)


def test_a_run_whose_fault_is_not_on_is_judged_at_its_end(tmp_path):
    folder = LabFolder(write_lab(tmp_path, TEXT.replace("at_s = 5\n", "at_s = 4\n")))
    long = folder.lab.model_copy(update={"recover_s": 3.0})
    rejection = Rejection(long, measures_of(folder.path), long.claim[0])
    run = run_with(tmp_path, ok=0, bad=rejection._arrivals["launch"])

    assert not rejection.tick(run, AFTER_S)

    probe = {"at_s": T0 + 4, "kind": "fault_on", "name": "dead"}
    (run / "events.jsonl").write_text(json.dumps(probe) + "\n")
    rejection._next_s = 0
    assert rejection.tick(run, AFTER_S)


def test_a_bound_that_can_only_get_worse_is_decided_at_once(folder, tmp_path):
    slow = folder.lab.model_copy(
        update={
            "wrong": {
                "popular": folder.lab.wrong["popular"].model_copy(update={"fails_on": "slowest"})
            }
        }
    )
    rejection = Rejection.of(slow, measures_of(folder.path), "wrong/popular")

    run = run_with(tmp_path, ok=10, bad=0)
    text = (run / "requests.jsonl").read_text()
    row = json.loads(text.splitlines()[0])
    (run / "requests.jsonl").write_text(json.dumps(row | {"done_s": row["done_s"] + 3}) + "\n")

    assert rejection.tick(run, 4.0)


def test_a_machine_that_was_busy_spoils_what_was_ended_early(folder, tmp_path):
    rejection = watch(folder)
    run = run_with(tmp_path, ok=0, bad=arrivals(folder))
    assert rejection.tick(run, AFTER_S)

    busy = {"at_s": T0 + 5, "kind": "cpu", "name": "cpu", "others_share": 0.9}
    (run / "events.jsonl").write_text(json.dumps(busy) + "\n")

    assert rejection.spoilt()


@pytest.mark.parametrize("variant", ["reference", "bug", "right/other"])
def test_what_must_pass_and_the_bug_run_to_their_end(folder, variant):
    assert watch(folder, variant) is None
