import random

import pytest

from services.shortener.redirects import early_refresh, negative, stale, ttl
from services.shortener.redirects.entry import NO_ROW, Entry

LINK = Entry(version=3, link_id=7, url="https://example.com/ä?q=1", expires_at_s=50.0)


def test_jitter_is_at_most_a_tenth_and_centred():
    lifetimes = [ttl.jittered(60, n / 1000) for n in range(1000)]

    assert min(lifetimes) >= 54
    assert max(lifetimes) <= 66
    assert sum(lifetimes) / 1000 == pytest.approx(60, rel=0.01)


def test_an_answer_that_leads_nowhere_is_kept_for_less():
    assert negative.lifetime_s(LINK, ttl_s=60, negative_ttl_s=5) == 60
    assert negative.lifetime_s(NO_ROW, ttl_s=60, negative_ttl_s=5) == 5


def test_an_entry_survives_being_written_and_read():
    assert Entry.decoded(LINK.encoded("abc")) == LINK
    assert Entry.decoded(NO_ROW.encoded("abc")) == NO_ROW


@pytest.mark.parametrize(
    "raw", [b"", b"null", b"[]", b"{}", b'{"key":"a","version":1,"extra":2}', b"\xff"]
)
def test_what_is_not_an_entry_is_a_miss(raw):
    assert Entry.decoded(raw) is None


def test_a_link_is_over_at_its_expiry_and_not_before():
    assert not LINK.expired(49.9)
    assert LINK.expired(50.0)
    assert not Entry(version=1, url="https://example.com").expired(1e12)


def test_an_entry_is_stale_from_its_moment_on_and_kept_for_the_window():
    entry = Entry(version=1, stale_from_s=10.0)

    assert not stale.is_stale(entry, 9.9)
    assert stale.is_stale(entry, 10.0)
    assert stale.kept_for_s(60, 10) == 70


def test_early_refresh_gets_likelier_towards_the_end_and_is_certain_at_it():
    rng = random.Random(1)
    entry = Entry(version=1, stale_from_s=10.0, load_s=0.2)

    def chosen(now_s: float) -> int:
        return sum(early_refresh.is_due(entry, now_s, rng.random()) for _ in range(10_000))

    assert chosen(5.0) == 0
    assert 0 < chosen(9.4) < chosen(9.9) < 10_000
    assert chosen(10.0) == 10_000
