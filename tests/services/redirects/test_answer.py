import json

from services.shortener.redirects import answer
from services.shortener.redirects.entry import NO_ROW, Entry


def headers(found: answer.Answer) -> dict[str, str]:
    return {name.decode(): text.decode() for name, text in found.headers}


def test_a_link_is_a_302_that_nobody_may_keep():
    found = answer.of_entry(Entry(version=1, url="https://example.com/?a=b"), now_s=0.0)

    assert found.status == 302
    assert headers(found)["location"] == "https://example.com/?a=b"
    assert headers(found)["cache-control"] == "private, max-age=0"


def test_an_unknown_code_is_a_404_problem():
    found = answer.of_entry(NO_ROW, now_s=0.0)

    assert found.status == 404
    assert headers(found)["content-type"] == "application/problem+json"
    assert headers(found)["cache-control"] == "private, max-age=0"
    assert json.loads(found.body)["type"] == "/problems/no-such-link"


def test_a_deleted_link_looks_like_one_that_never_was():
    assert answer.of_entry(Entry(version=4, link_id=1), now_s=0.0) == answer.of_entry(NO_ROW, 0.0)


def test_an_expired_link_is_a_410_by_the_clock_of_the_reader():
    entry = Entry(version=1, url="https://example.com", expires_at_s=100.0)

    assert answer.of_entry(entry, now_s=99.9).status == 302
    assert answer.of_entry(entry, now_s=100.0).status == 410


def test_a_url_cannot_smuggle_headers_and_other_letters_are_encoded():
    found = answer.to("https://example.com/\r\nset-cookie: a=b/ä")

    location = headers(found)["location"]
    assert location.isascii()
    assert "\r" not in location
    assert "\n" not in location
