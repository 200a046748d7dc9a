from dataclasses import replace

from labs.soak.invariants import (
    Clicks,
    Event,
    clicks_add_up,
    created_once,
    events_match,
    links_resolve,
    order_kept,
)
from labs.soak.memory import GONE, KnownLink


def event(number, key="a", kind="link.changed", url=""):
    return Event(str(number), key, kind, url or f"https://example.com/{number}")


def test_a_link_leads_to_what_was_last_acknowledged():
    link = KnownLink("abc", "me", {"new"}, {"old", "new"}, '"2"')

    assert links_resolve([link], {"abc": "new"}, "edge") == []
    assert links_resolve([link], {"abc": "old"}, "edge") == ["edge: /abc is old, not new"]
    assert links_resolve([link], {}, "edge") == ["edge: /abc is (no answer), not new"]


def test_where_an_answer_was_lost_both_are_right():
    link = KnownLink("abc", "me", {"old", GONE}, {"old", GONE}, '"1"')

    assert links_resolve([link], {"abc": "old"}, "edge") == []
    assert links_resolve([link], {"abc": GONE}, "edge") == []
    assert links_resolve([link], {"abc": "other"}, "edge") == [
        "edge: /abc is other, not deleted or old"
    ]


def test_a_lost_and_an_invented_event_are_both_found():
    rows = [event(1), event(2)]

    assert events_match(rows, [*rows, rows[0]]) == []  # twice is at least once
    assert events_match(rows, rows[:1]) == ["event 2 of a never reached Kafka"]
    assert events_match(rows, [*rows, event(3)]) == ["event 3 of a was never committed"]


def test_order_is_that_of_the_first_occurrences_per_key():
    rows = [event(1), event(2), event(3, "b")]

    assert order_kept(rows, [rows[2], rows[0], rows[1], rows[0]]) == []
    assert order_kept(rows, [rows[1], rows[0], rows[2]]) == [
        "events of a came in another order than they were committed"
    ]


def test_one_wish_makes_one_link():
    created = event(1, kind="link.created", url="u")

    assert created_once([created, event(2, url="u")]) == []
    assert created_once([created, replace(created, id="9", key="b")]) == ["u was created 2 times"]


def test_clicks_may_only_vanish_with_a_killed_buffer():
    clicks = Clicks(redirected=100, unanswered=5, counted=90, dropped=10, kills=0, buffer=50)

    assert clicks_add_up(clicks) == []
    assert clicks_add_up(replace(clicks, counted=95)) == []  # the unanswered may have counted
    assert clicks_add_up(replace(clicks, counted=96)) == [
        "106 clicks were counted or dropped, and there were at most 105"
    ]
    assert clicks_add_up(replace(clicks, counted=89)) == [
        "1 clicks are gone uncounted; 0 kills allow 0"
    ]
    assert clicks_add_up(replace(clicks, counted=50, kills=1)) == []
    assert clicks_add_up(replace(clicks, counted=39, kills=1)) != []
