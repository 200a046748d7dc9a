"""Serve stale while refreshing: nobody waits for PostgreSQL because a popular entry grew old.

The entry outlives its TTL in Redis by a window. Whoever finds it there past `stale_from_s` serves
it and starts a refresh in the background. The price: people may see the old destination for one
refresh longer than the TTL promises.
"""

from services.shortener.redirects.entry import Entry


def kept_for_s(lifetime_s: float, stale_window_s: float) -> float:
    """How long Redis keeps an entry that is fresh for `lifetime_s`."""
    return lifetime_s + stale_window_s


def is_stale(entry: Entry, now_s: float) -> bool:
    """Past its freshness: serve it, but see to a new one."""
    return now_s >= entry.stale_from_s
