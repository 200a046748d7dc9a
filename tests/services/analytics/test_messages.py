import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.analytics.batch import sort
from services.analytics.messages import Click, LinkEvent, Poison, Received, read

ID = "0190a3f2-0000-4000-8000-000000000001"
GOOD = {"event_id": ID, "code": "abc", "link_id": 7, "clicked_at": "2026-11-20T10:59:59.9+00:00"}


def received(value: bytes | None, topic: str = "clicks", **headers: str) -> Received:
    return Received(topic, 0, 0, b"k", value, [(k, v.encode()) for k, v in headers.items()])


def click(**changes: object) -> Received:
    return received(json.dumps(GOOD | changes).encode())


def test_a_click_belongs_to_the_hour_in_which_it_was_made():
    content = read(click())

    assert isinstance(content, Click)
    assert content.hour == datetime(2026, 11, 20, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (received(b"{"), "not JSON"),
        (received(None), "not JSON"),
        (received(b"\xff"), "not JSON"),
        (received(b"[" * 100_000), "not JSON"),
        (received(b"[]"), "not a JSON object"),
        (click(event_id="7"), "event_id is not a UUID"),
        (click(event_id=None), "event_id is not a UUID"),
        (click(link_id="7"), "link_id is not an id"),
        (click(link_id=True), "link_id is not an id"),
        (click(link_id=2**63), "link_id is not an id"),
        (click(code=""), "code is not a code"),
        (click(code="a\0b"), "code is not a code"),
        (click(clicked_at="yesterday"), "clicked_at is not a time"),
        (click(clicked_at="2026-11-20T10:00:00"), "clicked_at has no time zone"),
        (click(clicked_at="0001-01-01T00:00:00+14:00"), "clicked_at is not a time"),
        (received(b"{}", "link-events", event_id=ID), "there is no type"),
        (received(b"{}", "link-events", type="link.created"), "event_id is not a UUID"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_read_says_why(message: Received, reason: str):
    with pytest.raises(Poison, match=reason):
        read(message)


def test_an_event_about_a_link_is_named_by_its_headers():
    content = read(received(b"{}", "link-events", event_id=ID, type="link.created"))

    assert isinstance(content, LinkEvent)
    assert content.type == "link.created"


@given(st.lists(st.one_of(st.none(), st.binary(max_size=40))))
def test_whatever_comes_is_sorted_and_nothing_is_forgotten(values: list[bytes | None]):
    batch = sort(received(value) for value in values)

    sorted_out = len(batch.clicks) + len(batch.parked) + batch.repeated.total()
    assert sorted_out == batch.size == len(values)
