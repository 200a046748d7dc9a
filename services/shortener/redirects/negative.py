"""Negative caching: remember for a short while that a code leads nowhere.

Scanners ask for codes that do not exist; without this each one is a query. Only a definite "no
row" from PostgreSQL may be remembered. A time-out, a refused connection or any other error says
nothing about the code, and is never turned into an entry: it raises past the place that stores.
"""

from services.shortener.redirects.entry import Entry


def lifetime_s(entry: Entry, *, ttl_s: float, negative_ttl_s: float) -> float:
    """How long this answer may be kept."""
    return negative_ttl_s if entry.url is None else ttl_s
