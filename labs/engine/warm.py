"""Visits before the timeline, all at once and every one awaited: the pools open their connections.

On the timeline the same burst was a race with the fault behind it: on a slow machine connections
were still being made when the distance was put on, each handshake then took half a second, and what
was to be in the cache before the load came into it after.
"""

from __future__ import annotations

import http.client
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from labs.engine.model import Lab
from labs.engine.probes import Refused
from labs.engine.seed import codes_of

WITHIN_S = 10.0
Address = Callable[[str], str]


def warm(lab: Lab, address: Address) -> None:
    """Visit what the lab's [[warm]] tables name; Refused when a visit does not lead anywhere."""
    for each in lab.warm:
        codes = [code for wanted in each.codes for code in codes_of(lab, wanted)]
        _visit_at_once([codes[n % len(codes)] for n in range(each.count)], address(each.to))


def _visit_at_once(codes: list[str], url: str) -> None:
    with ThreadPoolExecutor(len(codes)) as visitors:
        answers = list(visitors.map(lambda code: _status(url, code), codes))
    for code, status in zip(codes, answers, strict=True):
        if status // 100 != 3:
            raise Refused(f"GET /{code} answered {status}, before any load")


def _status(url: str, code: str) -> int:
    """Visit a link; 0 when nothing came back."""
    where = urlsplit(url)
    visit = http.client.HTTPConnection(where.hostname or "", where.port, timeout=WITHIN_S)
    try:
        visit.request("GET", f"/{code}")
        return visit.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        visit.close()
