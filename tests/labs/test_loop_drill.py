import json
import time

import pytest
from loop_samples import BROKEN, Lab, solved

from labs.engine.catalogue import all_labs, find
from labs.engine.progress import Answered, Progress
from labs.engine.recorded import RecordedRun
from labs.loop.cards import AFTER_DAYS, DAY_S, box
from labs.loop.followup import followup
from labs.loop.ours import cards, rest, transfer

STAMPEDE = [find("07")]


def boxed(*answers, since=1000.0):
    progress = Progress()
    progress.lab("stampede").debriefed_at = since
    name = box(STAMPEDE, progress)[0].id
    progress.drill[name] = [Answered(at=at, said=said, of=4) for at, said in answers]
    return next(one for one in box(STAMPEDE, progress) if one.id == name)


@pytest.mark.parametrize("folder", all_labs(), ids=lambda folder: folder.lab.slug)
def test_each_lab_brings_three_questions_with_points(folder):
    found = cards(folder)

    assert len(found) >= 3
    assert all(card.asks and len(card.points) >= 2 for card in found)


@pytest.mark.parametrize("folder", all_labs(), ids=lambda folder: folder.lab.slug)
def test_each_lab_has_an_answer_to_where_else_and_the_debrief_does_not_give_it_away(folder):
    answer = transfer(folder)

    assert answer.count(". ") >= 1
    assert answer[:60] not in " ".join(rest(folder).split())


def test_cards_come_with_the_debrief_and_are_due_a_day_later():
    assert box(STAMPEDE, Progress()) == []
    one = boxed()

    assert one.due_at == 1000.0 + DAY_S
    assert not one.is_due(1000.0)


def test_a_card_that_is_known_comes_back_after_1_3_7_16_days_and_then_no_more():
    answers, waits, at = [], [], 1000.0
    for _ in AFTER_DAYS:
        one = boxed(*answers)
        waits.append((one.due_at - at) / DAY_S)
        at = one.due_at
        answers.append((at, [1, 2]))

    assert waits == list(AFTER_DAYS)
    assert boxed(*answers).due_at == 0
    assert not boxed(*answers).is_due(1e12)


def test_a_card_that_was_forgotten_begins_anew():
    one = boxed((2000.0, [1, 2]), (3000.0, [1]))

    assert one.step == 0
    assert one.due_at == 3000.0 + DAY_S


def test_answers_by_options_are_noted_and_numbers_are_graded(tmp_path):
    lab = solved(tmp_path)
    lab.quick("debrief")
    assert "No card is due; the next one on" in lab.quick("drill")
    lab.change(lambda done: setattr(done, "debriefed_at", time.time() - 2 * DAY_S))
    due = json.loads(lab.quick("drill", "--json"))
    assert len(due) == 3
    name = due[0]["id"]
    right = followup(RecordedRun(lab.home.runs / BROKEN), 0).answer

    told = json.loads(
        lab.quick("drill", "--card", name, "--said", "1,2", "--result", right, "--json")
    )

    assert told["followup_right"] is True
    assert told["step"] == 1
    assert lab.progress.drill[name][0].said == [1, 2]
    assert len(json.loads(lab.quick("drill", "--json"))) == 2
    assert "again in" in lab.quick("drill", "--card", name, "--said", "1,2")
    assert len(lab.progress.drill[name]) == 2


def test_the_follow_up_changes_a_figure_of_the_own_run(tmp_path):
    run = RecordedRun(solved(tmp_path).home.runs / BROKEN)
    first, second = followup(run, 0), followup(run, 1)

    assert "With 2 times the requests" in first.asks
    assert second.answer == pytest.approx(first.answer * 2.5)
    assert first.graded(first.answer * 1.05).startswith("yes")
    assert first.graded(first.answer * 1.5).startswith("not quite")


def test_bad_input_is_said(tmp_path):
    lab = solved(tmp_path)
    lab.quick("debrief")
    name = json.loads(lab.quick("drill", "--ahead", "--json"))[0]["id"]

    assert "no card" in lab.quick("drill", "--card", "nothing", code=2)
    assert "is no point" in lab.quick("drill", "--card", name, "--said", "99", code=2)
    assert "somebody who answers" in lab.quick("drill", "--ahead", code=2)
    assert lab.progress.drill == {}


def test_without_a_debrief_there_are_no_cards_yet(tmp_path):
    assert "each debrief brings three" in Lab(tmp_path).quick("drill")


def test_at_a_terminal_a_card_is_answered_ticked_and_followed_up(tmp_path):
    lab = solved(tmp_path)
    lab.quick("debrief")

    said = lab.quick("drill", "--ahead", typed="coalesce them\n1\n5\n" + "\n" + "\n\n\n\n" * 2)

    assert "Enter shows the points" in said
    assert "Little's law" in said
    assert "chat app" in said
    assert "one hot key" in said
    typed = [answers[0].typed for answers in lab.progress.drill.values()]
    assert sorted(typed) == ["", "", "coalesce them"]


def test_what_was_typed_is_kept_when_somebody_leaves_before_ticking(tmp_path):
    lab = solved(tmp_path)
    lab.quick("debrief")

    lab.quick("drill", "--ahead", typed="one fetch, the others wait\n", code=1)  # and Ctrl-D

    kept = [one.typed for answers in lab.progress.drill.values() for one in answers]
    assert kept == ["one fetch, the others wait"]
