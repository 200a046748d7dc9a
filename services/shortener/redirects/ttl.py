"""Jitter: keys that were filled together must not expire together."""

SPREAD = 0.1


def jittered(ttl_s: float, roll: float) -> float:
    """The TTL, give or take a tenth; `roll` is uniform in [0, 1)."""
    return ttl_s * (1 + SPREAD * (2 * roll - 1))
