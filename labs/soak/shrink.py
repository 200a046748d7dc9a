"""From a failing schedule to its smallest form: drop blows as long as it still fails.

Zeller and Hildebrandt, "Simplifying and isolating failure-inducing input" (2002), in its simplest
form: one at a time, until none can go. Four blows at most make anything cleverer pointless.
"""

from collections.abc import Callable, Sequence


def shrink(numbers: Sequence[int], fails: Callable[[Sequence[int]], bool]) -> tuple[int, ...]:
    """Return a smallest part that still fails; `fails` runs it. The whole is known to fail."""
    left = tuple(numbers)
    for number in numbers:
        without = tuple(one for one in left if one != number)
        if fails(without):
            left = without
    return left
