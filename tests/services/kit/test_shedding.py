from collections import deque

import pytest

from services.kit.shedding import Shedding

PLACES, HOLD_S = 8, 0.1  # 80 a second
TICK_S = 0.001


def _standing() -> Shedding:
    shedding = Shedding(PLACES, stands_after_s=2.0, wait_s=0.3)
    shedding.held(HOLD_S)
    shedding.saw(1, 10.0)
    return shedding


def test_a_queue_stands_when_it_was_not_empty_for_longer_than_anybody_may_wait():
    shedding = _standing()
    shedding.saw(50, 11.9)
    assert not shedding.stands(11.9)
    assert shedding.stands(12.1)


def test_a_queue_that_was_empty_for_a_moment_begins_anew():
    shedding = _standing()
    shedding.saw(0, 11.9)
    shedding.saw(3, 11.9)
    assert not shedding.stands(12.1)
    assert shedding.stands(14.0)


def test_a_burst_is_not_refused_however_long_it_makes_the_queue():
    assert not _standing().refuses(400, 11.9)


def test_in_front_of_a_standing_queue_only_those_are_taken_whose_turn_will_come_in_time():
    shedding = _standing()
    assert not shedding.refuses(22, 13.0)  # 23 at 80 a second: 0.29 s
    assert shedding.refuses(24, 13.0)


def test_a_place_that_comes_far_too_late_is_passed_on_only_while_the_queue_stands():
    shedding = _standing()
    assert shedding.is_too_late(0.7, 13.0)
    assert not shedding.is_too_late(0.5, 13.0)
    shedding.saw(0, 13.0)  # the last one: a place that nobody else wants is not wasted
    assert not shedding.is_too_late(1.9, 13.0)


def test_slower_places_make_a_shorter_queue():
    shedding = _standing()
    for _ in range(50):
        shedding.held(4 * HOLD_S)
    assert shedding.refuses(6, 13.0)
    assert not shedding.refuses(4, 13.0)


def _served_in_time(shedding: Shedding, times_capacity: float, for_s: float) -> float:
    """The share of capacity that was answered within a second, on a virtual clock."""
    waiting: deque[float] = deque()
    free_at_s = [0.0] * PLACES
    capacity = PLACES / HOLD_S
    due_s, in_time = 0.0, 0
    for tick in range(int(for_s / TICK_S)):
        now_s = tick * TICK_S
        while due_s <= now_s:
            due_s += 1 / (times_capacity * capacity)
            if not shedding.refuses(len(waiting), now_s):
                waiting.append(now_s)
                shedding.saw(len(waiting), now_s)
        for place in range(PLACES):
            while waiting and free_at_s[place] <= now_s:
                waited_s = now_s - waiting.popleft()
                shedding.saw(len(waiting), now_s)
                if waited_s > shedding.stands_after_s or shedding.is_too_late(waited_s, now_s):
                    continue
                free_at_s[place] = now_s + HOLD_S
                shedding.held(HOLD_S)
                in_time += waited_s + HOLD_S <= 1.0
    return in_time / (capacity * for_s)


@pytest.mark.parametrize(("times_capacity", "share"), [(1.5, 0.9), (3.0, 0.9), (10.0, 0.8)])
def test_under_an_overload_that_lasts_most_of_the_capacity_goes_to_people_who_are_still_there(
    times_capacity, share
):
    shedding = Shedding(PLACES, stands_after_s=2.0, wait_s=0.3)
    assert _served_in_time(shedding, times_capacity, 20.0) > share


def test_without_shedding_nearly_all_of_it_goes_to_people_who_have_gone():
    never = Shedding(PLACES, stands_after_s=2.0, wait_s=float("inf"))
    assert _served_in_time(never, 3.0, 20.0) < 0.2
