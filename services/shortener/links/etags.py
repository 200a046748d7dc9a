"""ETags: a change names the version it was made against."""

import re

from services.shortener.links.model import Link
from services.shortener.problems import PreconditionFailed, PreconditionRequired

_STRONG = re.compile(r'"([^"]*)"')


def demand(if_match: str | None, link: Link) -> None:
    """Let pass only who has seen this version.

    Raises:
        PreconditionRequired: The header is missing: a blind write would undo someone's change.
        PreconditionFailed: The link has another version by now.
    """
    if if_match is None:
        raise PreconditionRequired
    if if_match.strip() == "*":
        return
    # If-Match compares strongly: a weak validator (W/"1") never matches.
    seen = {f'"{tag}"' for tag in _STRONG.findall(re.sub(r'W/"[^"]*"', "", if_match))}
    if link.etag not in seen:
        raise PreconditionFailed
