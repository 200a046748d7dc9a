import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.shortener.links import codes, cursor, listing
from services.shortener.problems import BadCursor


def test_generated_codes_are_seven_of_base62_and_differ():
    made = {codes.generate() for _ in range(2000)}

    assert len(made) == 2000
    assert all(re.fullmatch(r"[0-9A-Za-z]{7}", code) for code in made)
    assert set("".join(made)) == set(codes.ALPHABET)


def test_a_generated_code_is_found_under_itself():
    for _ in range(500):
        code = codes.generate()
        assert codes.lookup_keys(code)[0] == code


@given(st.from_regex(codes.ALIAS, fullmatch=True))
def test_an_alias_is_found_in_every_spelling(alias):
    for spelling in (alias, alias.upper(), alias.lower(), alias.swapcase()):
        assert codes.alias_key(alias) in codes.lookup_keys(spelling)


@given(st.text(max_size=80))
def test_what_is_neither_code_nor_alias_asks_nobody(text):
    looks_like_one = codes.is_alias(text)
    assert bool(codes.lookup_keys(text)) == looks_like_one
    assert len(codes.lookup_keys(text)) <= 2


@pytest.mark.parametrize("text", ["", "ab", "a" * 65, "-ab", "ab_", "a b", "a/b", "äbc", "abc\n"])
def test_these_are_no_aliases(text):
    assert not codes.is_alias(text)


@pytest.mark.parametrize("text", ["abc", "a-b", "A_9", "a" * 64, "2026-launch"])
def test_these_are_aliases(text):
    assert codes.is_alias(text)


def test_every_first_segment_of_our_own_paths_is_reserved():
    assert {"api", "livez", "readyz", "metrics", "openapi"} <= codes.RESERVED
    assert all(word == word.lower() for word in codes.RESERVED)


@given(st.integers(min_value=1, max_value=2**63 - 1))
def test_a_cursor_comes_back_as_what_it_was(last_id):
    assert cursor.decode(cursor.encode(last_id)) == last_id


@given(st.text(max_size=60))
def test_any_other_cursor_is_refused_and_never_crashes(text):
    try:
        decoded = cursor.decode(text)
    except BadCursor:
        return
    assert cursor.encode(decoded) == text


def test_without_a_cursor_the_newest_come_first():
    assert cursor.decode(None) == 2**63 - 1


@given(st.text(min_size=1, max_size=200))
def test_a_search_never_needs_more_than_its_four_terms(q):
    low, high, _, _ = listing.search_terms(q)
    assert low <= high
