"""The main job: broken is FAIL, repaired is PASS, by the real grader on the real stack."""

import json
from pathlib import Path

import psutil
import pytest
from e2e.starved import without_a_verdict

from labs.engine.verdict import Outcome

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def shown(lab):
    """One demo, or a second one where the first could not say anything."""
    code, told = demo(lab)
    if code == Outcome.INCONCLUSIVE.exit_code:
        code, told = demo(lab)
    if code == Outcome.INCONCLUSIVE.exit_code:
        runs = (told["broken"], told["repaired"])
        without_a_verdict(next(run["why"] for run in runs if run["verdict"] == "INCONCLUSIVE"))
    return code, told


def demo(lab):
    done = lab("demo", "--json", within_s=380)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def test_the_demo_ends_well(shown):
    code, _ = shown

    assert code == 0


def test_the_bug_fails_on_what_the_lab_is_about(shown):
    _, told = shown

    broken = {claim["id"] for claim in told["broken"]["claims"] if claim["ok"] is False}
    assert told["broken"]["verdict"] == "FAIL"
    assert "loads" in broken


def test_the_repair_passes_every_claim_and_every_guard(shown):
    _, told = shown

    assert told["repaired"]["verdict"] == "PASS"
    assert all(claim["ok"] for claim in told["repaired"]["claims"])


def test_the_report_is_one_small_file_without_a_diff(shown):
    _, told = shown

    page = Path(told["report"]).read_text()
    assert len(page) < 1_000_000
    assert "diff --git" not in page
    assert "SingleFlight" not in page


def test_the_lab_stays_unsolved_and_unnamed(lab, shown):
    listed = lab.answer("list")

    stampede = next(row for row in listed if row["number"] == 7)
    assert stampede["slug"] is None
    assert "solved" not in stampede["state"]


def test_the_stack_is_left_running_and_down_leaves_no_process(lab, shown):
    components = lab.answer("status")["components"]
    assert {c["name"] for c in components if c["state"] == "ready"} >= {"edge", "postgres"}

    assert lab("down").returncode == 0

    assert [c["name"] for c in components if psutil.pid_exists(c["pid"])] == []
