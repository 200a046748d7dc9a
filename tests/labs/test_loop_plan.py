import datetime as dt
import json
from types import SimpleNamespace

import pytest
from loop_samples import Lab

from labs.loop.plan import day_of, evenings, make, read_path
from stack.trouble import Trouble

TODAY = dt.date(2026, 11, 20)
PATH = read_path()
LABS = [
    SimpleNamespace(lab=SimpleNamespace(number=n, title=f"Lab {n}", minutes=30))
    for n in range(1, 11)
]


def planned(days, solved=(), labs=LABS):
    return make(PATH, labs, solved, TODAY, TODAY + dt.timedelta(days=days))


def numbers(plan):
    return [night.number for night in plan.nights if night.number]


def test_five_weeks_hold_every_lab_in_order_and_end_with_cards():
    plan = planned(35)

    assert numbers(plan) == list(range(1, 11))
    assert [night.number for night in plan.nights[-2:]] == [None, None]
    assert all(night.day.weekday() != 6 for night in plan.nights)
    assert plan.nights[-1].day < TODAY + dt.timedelta(days=35)


@pytest.mark.parametrize("days", range(1, 40))
def test_however_few_days_there_are_no_evening_has_two_labs_and_none_is_lost_silently(days):
    plan = planned(days)

    assert len({night.day for night in plan.nights}) == len(plan.nights) >= 1
    assert sorted([*numbers(plan), *plan.no_time_for]) == list(range(1, 11))
    assert numbers(plan) == sorted(numbers(plan))


def test_with_few_evenings_what_is_worth_most_stays():
    keep = {stop.number: stop.keep for stop in PATH.stops}
    plan = planned(8)

    assert min(keep[n] for n in numbers(plan)) >= max(keep[n] for n in plan.no_time_for)


def test_what_is_solved_is_not_planned_and_what_is_not_here_is_named():
    plan = planned(35, solved={1, 2}, labs=LABS[:7])

    assert numbers(plan) == [3, 4, 5, 6, 7]
    assert plan.done == (1, 2)
    assert plan.not_here == (8, 9, 10)


def test_only_days_of_rest_are_still_evenings():
    sunday = dt.date(2026, 11, 22)

    assert evenings(sunday, sunday + dt.timedelta(days=1), {6}) == [sunday]


@pytest.mark.parametrize("typed", ["tomorrow", "22.12.2026", "2026-13-01", "2026-11-20", ""])
def test_a_date_that_is_none_or_is_past_is_said(typed):
    with pytest.raises(Trouble):
        day_of(typed, TODAY)


def test_the_day_is_remembered(tmp_path):
    lab = Lab(tmp_path)
    day = (dt.datetime.now().astimezone().date() + dt.timedelta(days=30)).isoformat()

    assert "When is the interview?" in lab.quick("plan", code=2)
    assert "evenings." in lab.quick("plan", "--interview", day)
    assert json.loads(lab.quick("plan", "--json"))["interview"] == day
