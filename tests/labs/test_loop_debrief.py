import json
import re

import pytest
from loop_samples import BROKEN, SOLVED, begun, solved
from test_report import Page

from labs.engine.recorded import RecordedRun
from labs.loop.facts import Fact
from labs.loop.impact import Impact, impact
from labs.loop.postmortem import own_part, written
from labs.report.markdown import markdown

MINE = ("--broke", "everybody read at once", "--holds", "one reads", "--costs", "they wait for it")
FACTS = [Fact("impact", "3 failed", "requests.jsonl")]


@pytest.fixture
def lab(tmp_path):
    return solved(tmp_path)


def notes(lab):
    return lab.home.path / "debriefs" / "07-stampede.md"


def page(lab):
    return (lab.home.path / "debriefs" / "07-stampede.html").read_text()


def test_a_debrief_holds_both_sides_words_prediction_impact_postmortem_and_story(lab):
    said = lab("debrief", *MINE)
    html = page(lab)
    text = Page(html).text

    assert "you:  everybody read at once" in said
    assert "You said 60; it was 87, within a factor of 1.5; your range held it." in text
    assert "every request for it missed" in text  # ours
    for word in ("situation", "signal", "hypothesis", "number", "action", "result", "price"):
        assert f" {word} " in text
    assert "87 before, 2 after (needed: at most 14)" in text
    assert len(html.encode()) < 1_000_000
    assert not re.search(r"<script|src=|@import|url\(", html)


def test_every_count_of_the_impact_is_in_the_ledger(lab):
    told = json.loads(lab("debrief", "--json"))
    ledger = RecordedRun(lab.home.runs / BROKEN).requests

    assert told["impact"]["requests"] == len(ledger)
    slow = [r for r in ledger if r["done_s"] - r["planned_s"] > 0.1]
    assert told["impact"]["slow"] == len(slow)
    for _, _, source in told["facts"]:
        assert (lab.home.path / source).exists()
    assert {BROKEN, SOLVED} <= {part for f in told["facts"] for part in f[2].split("/")}


def with_eighty_answered(tmp_path, status):
    """The broken run of a solved lab, in which eighty visitors got this status."""
    ledger = solved(tmp_path).home.runs / BROKEN / "requests.jsonl"
    lines = [json.loads(line) for line in ledger.read_text().splitlines()]
    for line in lines[:80]:
        line["status"] = status
    ledger.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return RecordedRun(ledger.parent)


def test_the_impact_of_failures_is_a_share_of_every_minute(tmp_path):
    one = impact(with_eighty_answered(tmp_path, 503))

    assert (one.failed, one.requests) == (80, 800)
    assert one.minutes_per_hour == pytest.approx(6.0)
    assert "80 failed of 800 = 10 %" in one.formula
    assert "gone after 7.2 hours" in one.lasts


def test_what_was_refused_spends_no_budget_and_is_counted_apart(tmp_path):
    one = impact(with_eighty_answered(tmp_path, 403))

    assert (one.failed, one.refused) == (0, 80)
    assert one.formula == "0 failed of 800 = 0 %"
    assert "80 were refused (4xx), rightly or not" in one.lasts


def test_lines_are_added_and_no_older_one_is_lost(lab):
    lab("debrief", *MINE)
    lab("debrief", "--broke", "a stampede")

    assert [line.text for line in lab.stampede.lines["broke"]] == [
        "everybody read at once",
        "a stampede",
    ]
    assert "a stampede" in page(lab)
    assert "everybody read at once" in notes(lab).read_text()
    assert "cause: a stampede" in notes(lab).read_text()


def test_what_the_learner_wrote_into_the_postmortem_is_kept_and_shown(lab):
    lab("debrief", *MINE)
    kept = notes(lab).read_text().replace("- (who does what", "- [x] Mira: alert by Friday <b>")
    notes(lab).write_text(kept)

    lab("debrief")

    assert notes(lab).read_text() == kept
    assert "Mira: alert by Friday &lt;b&gt;" in page(lab)


def test_a_reset_and_a_new_start_leave_what_was_written(lab):
    lab("debrief", *MINE)
    before = notes(lab).read_text()

    lab("start", "07", "--no-up", "--yes")
    lab("reset", "--yes")

    assert notes(lab).read_text() == before
    assert lab.stampede.line("broke") == "everybody read at once"


def test_facts_are_written_again_and_edits_between_the_marks_move_to_the_end():
    text = written("", "Slow", FACTS, {"broke": "mine"}, "2026-01-01")
    again = written(text, "Slow", [Fact("impact", "4 failed", "r")], {"broke": "mine"}, "d")
    assert "4 failed" in again
    assert "3 failed" not in again

    edited = text.replace("3 failed", "3 failed, I think it was 5")
    moved = written(edited, "Slow", FACTS, {}, "d")
    assert "Kept from the facts as you had edited them" in moved
    assert "I think it was 5" in moved


def test_a_file_without_the_marks_loses_nothing():
    mine = "all my own\nwords"

    assert written(mine, "Slow", FACTS, {}, "d").startswith(mine)
    assert own_part(written(mine, "Slow", FACTS, {}, "d")) == mine


def test_an_unsolved_lab_is_not_told(tmp_path):
    lab = begun(tmp_path)

    assert "is not solved yet" in lab("debrief", code=2)
    assert "Little's law" not in lab("debrief", code=2)


def test_a_lab_whose_runs_are_gone_still_has_its_words(lab):
    for path in (lab.home.runs / BROKEN).glob("*"):
        path.unlink()

    said = lab("debrief", *MINE)

    assert "no page" in said
    assert "you:  one reads" in said


def test_after_the_debrief_the_next_step_is_what_to_do_tonight(lab):
    assert lab().splitlines()[-1] == "next: ./lab debrief"
    lab("debrief")
    assert lab().splitlines()[-1] == "next: ./lab next"


def test_markdown_is_never_html_of_somebody_elses_and_fetches_nothing():
    html = markdown("# A\n\n<script>x</script> ![p](https://example.com/p.png)\n\n## B")

    assert "<script" not in html
    assert "<img" not in html
    assert "<h3>A" in html
    assert "<h4>B" in html


def test_at_a_terminal_the_three_lines_are_asked_first_and_enter_skips(lab):
    said = lab.quick("debrief", typed="all at once\n\nthey wait\n")

    assert said.index("What broke? One line") < said.index("ours:")
    assert lab.stampede.line("broke") == "all at once"
    assert lab.stampede.line("holds") == ""
    assert lab.stampede.line("costs") == "they wait"


def test_what_was_typed_before_an_interruption_is_kept(lab):
    lab.quick("debrief", typed="all at once\n", code=1)  # the terminal is closed

    assert lab.stampede.line("broke") == "all at once"


def test_an_outage_that_a_busy_machine_left_unjudged_is_still_the_run_before(lab):
    def unjudged(done):
        done.broken_run = ""
        done.attempts = [a for a in done.attempts if a.verdict != "FAIL" or a.kind == "break"]
        done.attempts[0].verdict = "INCONCLUSIVE"

    lab.change(unjudged)

    assert "page: " in lab.quick("debrief")


def test_progress_of_an_older_version_is_read_and_what_it_says_is_kept(lab):
    old = {"in_hand": "stampede", "labs": {"stampede": {"solved_at": 5.0, "hints": [1]}}}
    lab.file.path.write_text(json.dumps(old | {"of_a_newer_one": 1}))

    lab.quick("debrief", "--broke", "mine")

    read = json.loads(lab.file.path.read_text())
    assert read["labs"]["stampede"]["hints"] == [1]
    assert read["of_a_newer_one"] == 1
    assert lab.stampede.line("broke") == "mine"


def test_every_figure_of_the_facts_can_be_counted_again_from_the_files_of_the_runs(lab):
    told = {what: value for what, value, _ in json.loads(lab("debrief", *MINE, "--json"))["facts"]}
    text = Page(page(lab)).text

    for name, run in (("before", BROKEN), ("after", SOLVED)):
        ledger = [line for line in rows(lab, run, "requests") if "planned_s" in line]
        failed = sum(line["status"] >= 400 or bool(line.get("error")) for line in ledger)
        slow = sum(line["done_s"] - line["planned_s"] > 0.1 for line in ledger)
        assert told[f"impact {name}"] == (
            f"{failed} failed, {slow} waited longer than 100 ms, of {len(ledger)} requests"
        )
        assert f"{failed} of {len(ledger)} requests failed; {slow} waited longer" in text
    t0 = json.loads((lab.home.runs / BROKEN / "plan.json").read_text())["t0"]
    at = {(e["kind"], e["name"]): e["at_s"] - t0 for e in rows(lab, BROKEN, "events")}
    for _, name in (key for key in at if key[0] == "fault_on"):
        ends = f"{at['fault_off', name]:.1f}"
        assert told[f"fault {name}"] == f"on from {at['fault_on', name]:.1f} s to {ends} s"
    ledger = [line for line in rows(lab, BROKEN, "requests") if line.get("phase") == "launch"]
    late = [r["planned_s"] - t0 for r in ledger if r["done_s"] - r["planned_s"] > 0.1]
    assert f"due at {min(late):.1f} s" in told["first symptom"]
    assert f"due at {max(late):.1f} s" in told["last symptom"]
    for run in (BROKEN, SOLVED):
        for claim in json.loads((lab.home.runs / run / "verdict.json").read_text())["claims"]:
            assert f"{claim['measured']:g}" in text


def rows(lab, run, name):
    lines = (lab.home.runs / run / f"{name}.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


@pytest.mark.parametrize(
    ("failed", "said"),
    [(0, "nothing failed"), (1000, "43.2 minutes"), (100, "7.2 hours"), (3, "10 days")],
)
def test_how_long_a_budget_lasts_is_said_in_a_unit_that_people_use(failed, said):
    assert said in Impact(1000, failed, 0, 8.0).lasts
