"""What a visitor is told: 302, 404 or 410, with headers that promise only what we keep.

Cache-Control is `private, max-age=0` on all three: a link may be edited, created or prolonged at
any time, and each visit is counted. (A 301 would be remembered by browsers for ever, a 404 or 410
without the header for as long as a cache likes.)
"""

import json
from dataclasses import dataclass
from urllib.parse import quote

from services.kit.problems import MEDIA_TYPE, Problem
from services.shortener.redirects.entry import Entry

Headers = list[tuple[bytes, bytes]]
NOT_KEPT = (b"cache-control", b"private, max-age=0")
URL_CHARACTERS = ":/%#?=@[]!$&'()*+,;~"
NO_BODY = (b"content-length", b"0")


class NoSuchLink(Problem):
    """The code leads nowhere."""

    type, title, status = "/problems/no-such-link", "No such link", 404


class LinkExpired(Problem):
    """The link's time is over."""

    type, title, status = "/problems/link-expired", "This link has expired", 410


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers and body, ready to be sent."""

    status: int
    headers: Headers
    body: bytes = b""


def of_problem(problem: Problem, *more: tuple[bytes, bytes]) -> Answer:
    """A refusal as it goes over the wire."""
    body = json.dumps(problem.body()).encode()
    headers = [
        (b"content-type", MEDIA_TYPE.encode()),
        (b"content-length", str(len(body)).encode()),
        *more,
        *((name.lower().encode(), text.encode()) for name, text in problem.headers.items()),
    ]
    return Answer(problem.status, headers, body)


def to(url: str) -> Answer:
    """The redirect. A header holds printable ASCII: anything else is percent-encoded here."""
    if not (url.isascii() and url.isprintable()):
        url = quote(url, safe=URL_CHARACTERS)
    return Answer(302, [(b"location", url.encode()), NOT_KEPT, NO_BODY])


def of_entry(entry: Entry, now_s: float) -> Answer:
    """What this entry means now: an expiry is compared here, however old the entry is."""
    if entry.url is None:
        return of_problem(NoSuchLink(), NOT_KEPT)
    if entry.expired(now_s):
        return of_problem(LinkExpired(), NOT_KEPT)
    return to(entry.url)
