import json
import time

import pytest
from loop_samples import BROKEN, SOLVED, begun, solved

from labs.engine.catalogue import all_labs
from labs.engine.design_round import DesignRound
from labs.loop.design import contents, playing
from stack.trouble import Trouble

CONTENT = contents.read()
LABS = {folder.lab.number: folder.lab for folder in all_labs()}
FIGURES = [(step.id, figure) for step in CONTENT.step for figure in step.figure]
STEPS = ["requirements", "api", "data", "scaling", "resilience", "observability"]


def test_a_round_has_six_steps_that_fill_its_forty_five_minutes():
    assert [step.id for step in CONTENT.step] == STEPS
    assert sum(step.minutes for step in CONTENT.step) == CONTENT.minutes == 45


@pytest.mark.parametrize(("step", "figure"), FIGURES, ids=lambda one: str(one)[:20])
def test_each_figure_is_a_claim_of_a_lab_and_says_nothing_of_its_cause(step, figure):
    lab = LABS[figure.lab]

    assert figure.claim in {claim.id for claim in lab.claim}
    assert lab.slug not in figure.about
    assert all(m.says not in figure.about for m in lab.diagnosis.mechanism)


def test_every_lab_has_a_figure_in_the_round():
    assert {figure.lab for _, figure in FIGURES} == set(LABS)


def test_the_clock_counts_only_what_was_spent_and_says_when_it_is_over():
    played, step = DesignRound(round="url-shortener", began_at=1.0), CONTENT.step[0]
    playing.say(played, step, "a hundred million a month", 90)
    playing.say(played, step, "  ", 30)

    assert played.lines == {"requirements": ["a hundred million a month"]}
    assert playing.left_s(played, CONTENT) == 45 * 60 - 120
    assert playing.clock(playing.step_left_s(played, step)) == "4:00"
    assert playing.clock(-61) == "-1:01"


def test_the_last_step_is_followed_by_the_points():
    played = DesignRound(round="url-shortener", began_at=1.0)
    for step in CONTENT.step:
        assert playing.step_on(played, CONTENT) == step
        playing.go_on(played, CONTENT)

    assert playing.step_on(played, CONTENT) is None


def test_an_open_round_is_gone_on_with_and_an_ended_one_is_left_alone():
    rounds = []
    first = playing.begun(rounds, CONTENT, 1.0)
    assert playing.begun(rounds, CONTENT, 2.0) is first
    playing.end(first, CONTENT, 3.0)

    second = playing.begun(rounds, CONTENT, 4.0)

    assert second is not first
    assert rounds == [first, second]


def test_a_step_or_point_that_is_not_there_is_said():
    with pytest.raises(Trouble, match="there are requirements"):
        CONTENT.find("marketing")
    with pytest.raises(Trouble, match="99 is no point"):
        playing.tick(DesignRound(round="x", began_at=0), CONTENT.find("2"), [99])


def test_by_options_a_round_is_played_without_a_terminal_and_the_points_come_at_the_end(tmp_path):
    lab = solved(tmp_path)
    assert "wants somebody who answers" in lab.quick("design", code=2)
    assert "No design round is open" in lab.quick("design", "--end", code=2)
    assert json.loads(lab.quick("design", "--json"))["began_at"] is None
    lab.quick("design", "--step", "scaling", "--said", "coalesce per key")
    during = json.loads(lab.quick("design", "--step", "4", "--ticked", "4,1", "--json"))
    assert during["ended_at"] is None
    assert all("points" not in step for step in during["steps"])

    said = lab.quick("design", "--end")
    after = json.loads(lab.quick("design", "--json"))

    scaling = after["steps"][3]
    assert (scaling["lines"], scaling["said"]) == (["coalesce per key"], [1, 4])
    assert len(scaling["points"]) >= 5
    assert "2 of " in said


def test_figures_are_those_of_the_learners_own_runs_and_else_only_a_number_is_named(tmp_path):
    lab = solved(tmp_path)
    played(lab)
    document = json.loads(lab.quick("design", "--json"))
    figures = {one["lab"]: one for step in document["steps"] for one in step["figures"]}
    claims = {
        run: {c["id"]: c["measured"] for c in _verdict(lab, run)["claims"]}
        for run in (BROKEN, SOLVED)
    }

    assert f"{claims[BROKEN]['loads']:g} reads before" in figures[7]["says"]
    assert f"{claims[SOLVED]['loads']:g} after" in figures[7]["says"]
    assert BROKEN in figures[7]["source"]
    assert figures[3]["says"] == "not measured yet: lab 03"
    unsolved = [other.slug for number, other in LABS.items() if number != 7]
    page = next((lab.home.path / "design").glob("*.html")).read_text()
    assert not [slug for slug in unsolved if slug in page + json.dumps(document["steps"])]


def test_an_outage_that_was_only_watched_gives_its_figure_and_says_what_is_missing(tmp_path):
    lab = begun(tmp_path)
    played(lab)

    page = next((lab.home.path / "design").glob("*.html")).read_text()

    assert "87 reads in your outage; not repaired yet: lab 07" in page


def test_at_a_terminal_the_steps_come_one_after_the_other_and_then_the_points(tmp_path):
    lab = solved(tmp_path)
    words = "redirects first\n\nPOST /links\n302\n\n\n\n\n\n" + "1,2\n" + "\n" * 5

    said = lab.quick("design", typed=words)

    last = lab.progress.design[-1]
    assert last.lines == {"requirements": ["redirects first"], "api": ["POST /links", "302"]}
    assert last.ticked["requirements"] == [1, 2]
    assert last.ended_at
    assert said.index("1 of 6: Requirements") < said.index("6 of 6") < said.index("you: 302")
    assert f"{len(LABS) - 1} labs that you have not solved" in said


def test_what_was_typed_before_it_was_stopped_is_kept_and_the_round_goes_on_there(tmp_path):
    lab = begun(tmp_path)
    assert "everything you typed is kept" in lab.quick(
        "design", typed="redirects first\n\nPOST /links\n", code=130
    )

    said = lab.quick("design", typed="\n" * 20)

    assert "where you stopped" in said
    assert "2 of 6" in said
    assert "1 of 6" not in said
    assert "  POST /links" in said
    assert len(lab.progress.design) == 1
    assert lab.progress.design[0].lines["api"] == ["POST /links"]


def test_each_round_has_its_own_page_small_and_without_anything_from_elsewhere(tmp_path):
    lab = solved(tmp_path)
    played(lab)
    time.sleep(1.1)
    played(lab)

    pages = sorted((lab.home.path / "design").glob("*.html"))

    assert len(pages) == 2
    for page in pages:
        text = page.read_text()
        assert len(text) < 100_000
        assert "<script" not in text
        assert "//" not in text
    assert "&lt;script&gt;" in pages[0].read_text()


def played(lab):
    lab.quick("design", "--step", "api", "--said", "<script>alert(1)</script>")
    lab.quick("design", "--end")


def _verdict(lab, run):
    return json.loads((lab.home.runs / run / "verdict.json").read_text())
