"""Links that were acknowledged must exist: the ledger against a database."""

import json

import pytest

from labs.engine import books
from labs.engine.books import Books, acknowledged, visited

CREATE = {"method": "POST", "path": "/api/v1/links", "status": 201}


def line(code, **change):
    return CREATE | {"location": f"/api/v1/links/{code}"} | change


def visit(code, **change):
    return {"method": "GET", "path": f"/{code}", "status": 302} | change


def test_only_creates_that_were_answered_with_201_are_acknowledged():
    lines = [
        line("one"),
        line("two", status=503),
        line("three", path="/api/v1/auth/register"),
        line("four", method="GET"),
        line("five"),
    ]

    assert acknowledged(lines) == ["one", "five"]


def test_a_201_without_a_place_to_go_has_no_code_that_could_exist():
    assert acknowledged([CREATE]) == [books.NO_CODE]


def test_the_last_link_of_the_seed_that_led_somebody_is_the_one(folder):
    lines = [
        visit("news001"),
        visit("news002"),
        visit("strange"),  # nobody seeded it
        visit("news003", status=503),
        visit("news004", method="HEAD"),
        line("news005"),
    ]

    assert visited(folder.lab, lines) == "news002"
    assert visited(folder.lab, []) == ""


@pytest.fixture
def kept(home, folder, tmp_path, monkeypatch):
    """Books over a ledger of three creates; the database has what a test puts into `there`."""
    ledger = tmp_path / "requests.jsonl"
    lines = [line(code) for code in ("one", "two", "three")] + [visit("news007")]
    ledger.write_text("".join(json.dumps(each) + "\n" for each in lines))
    asked = []
    kept = Books(home, folder.lab, tmp_path, "experiment")
    monkeypatch.setattr(kept, "_ask", lambda query, *values: asked.append(values) or kept.there)
    kept.there, kept.asked = ["one", "two", "three"], asked
    return kept


def test_every_acknowledged_link_that_exists_is_in_order(kept):
    assert kept.unmade() == (3, [])


def test_a_link_that_was_acknowledged_and_not_made_is_named(kept):
    kept.there = ["one", "three"]

    assert kept.unmade() == (3, ["two"])


def test_a_database_without_links_has_none_of_them(kept):
    kept.there = []

    assert kept.unmade() == (3, ["one", "two", "three"])


def test_a_database_that_could_not_be_asked_says_nothing_about_links(kept):
    kept.there = None

    assert kept.unmade() == (0, [])


def test_that_it_could_not_be_asked_is_known(kept, monkeypatch):
    monkeypatch.delattr(kept, "_ask")  # the real one, and nobody listens
    monkeypatch.setattr(kept, "_dsn", "postgresql://nobody@127.0.0.1:9/nothing")

    assert not kept.unread
    assert kept.unmade() == (0, [])
    assert kept.unread


def test_a_link_of_the_experiment_is_handed_over(kept):
    kept.there = "news007"

    assert kept.hand_over("guard@example.com") == "news007"
    assert kept.asked == [("news007", "guard@example.com")]


def test_one_that_is_not_there_is_not(kept):
    kept.there = None

    assert kept.hand_over("guard@example.com") == ""
