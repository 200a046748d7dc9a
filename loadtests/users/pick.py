"""Which link next? The choice is the load's most important property after its rate."""

from collections.abc import Sequence
from random import Random
from typing import Literal

Pick = Literal["uniform", "round_robin", "hot", "zipf"]


def pick_code(codes: Sequence[str], how: Pick, n: int, rng: Random, hot_share: float) -> str:
    """Choose a code: all alike, in turn, mostly the first, or the n-th with weight about 1/n."""
    if how == "round_robin":
        return codes[n % len(codes)]
    if how == "hot" and rng.random() < hot_share:
        return codes[0]
    if how == "zipf":
        # Inverse of the cumulative 1/rank law, which is log-uniform: no table, one random number.
        return codes[min(int((len(codes) + 1) ** rng.random()) - 1, len(codes) - 1)]
    return codes[rng.randrange(len(codes))]
