"""Probabilistic early refresh: one request, chosen by lot, renews an entry before it expires.

After Vattani, Chierichetti and Lowenstein, "Optimal Probabilistic Cache Stampede Prevention"
(VLDB 2015): the nearer the end and the slower the load, the likelier a request is to be the one.
No coordination is needed; now and then two are chosen, and that is the price.
"""

import math

from services.shortener.redirects.entry import Entry

BETA = 1.0  # above 1 refreshes earlier


def is_due(entry: Entry, now_s: float, roll: float) -> bool:
    """Whether this request is the one; `roll` is uniform in [0, 1)."""
    remaining_s = entry.stale_from_s - now_s
    return entry.load_s * BETA * -math.log(1 - roll) >= remaining_s
