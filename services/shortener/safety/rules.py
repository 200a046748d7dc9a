"""Which addresses we never point to, decided from the text of the address alone.

Nothing is fetched or resolved here, so there is nothing to trick into it. What is refused: other
schemes than http and https, user names and passwords, hosts of private networks in any way of
writing them (127.1, 0x7f000001, 2130706433, ::ffff:127.0.0.1), and links to ourselves, which loop.
"""

import re
from collections.abc import Collection
from urllib.parse import SplitResult, quote, urlsplit, urlunsplit

from services.shortener.safety import hosts
from services.shortener.safety.hosts import RefusedHost

LONGEST = 2048
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f-\x9f\\\s]")  # browsers drop or rewrite these
_SAFE_IN_PATH = "/%:@!$&'()*+,;=~[]|^"


class RefusedUrl(ValueError):  # noqa: N818 - a rule refuses, nothing went wrong
    """The address breaks a rule; the message says which."""


def check(url: str, own_hosts: Collection[str]) -> str:
    """The address as we store it, in ASCII and with its host in lower case.

    Raises:
        RefusedUrl: It breaks a rule.
    """
    if len(url) > LONGEST:
        raise RefusedUrl(f"An address has {LONGEST} characters at most.")
    if _FORBIDDEN.search(url):
        raise RefusedUrl("An address has no spaces, control characters or backslashes.")
    parts = _split(url)
    if parts.scheme.lower() not in {"http", "https"}:
        raise RefusedUrl("Only http and https addresses can be shortened.")
    if "@" in parts.netloc:
        raise RefusedUrl("An address with a user name or password in it cannot be shortened.")
    try:
        host = hosts.public(parts.hostname or "")
    except RefusedHost as error:
        raise RefusedUrl(str(error)) from error
    if any(host == own or host.endswith("." + own) for own in own_hosts):
        raise RefusedUrl("This address leads back to us.")
    normal = _assembled(parts, host)
    if len(normal) > LONGEST:
        raise RefusedUrl(f"An address has {LONGEST} characters at most.")
    return normal


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises when it is none
    except ValueError as error:
        raise RefusedUrl("This is not an address.") from error
    return parts


def _assembled(parts: SplitResult, host: str) -> str:
    netloc = f"[{host}]" if ":" in host else host
    if parts.port is not None:
        netloc = f"{netloc}:{parts.port}"
    path = quote(parts.path, safe=_SAFE_IN_PATH) or "/"
    query = quote(parts.query, safe=_SAFE_IN_PATH + "?")
    fragment = quote(parts.fragment, safe=_SAFE_IN_PATH + "?")
    return urlunsplit((parts.scheme.lower(), netloc, path, query, fragment))
