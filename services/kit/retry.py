"""When to try again: a budget that says whether, and full jitter that says when. Pure."""

from dataclasses import dataclass


def full_jitter_s(attempt: int, *, first_s: float, most_s: float, roll: float) -> float:
    """The pause before the n-th retry (from 1): anything between nothing and a doubling limit.

    Not "the limit, give or take": a crowd that failed together would come back together.
    """
    return min(most_s, first_s * 2.0 ** min(attempt - 1, 30)) * roll


@dataclass(slots=True)
class RetryBudget:
    """Retries as a share of all calls, whatever the failure rate.

    Every first attempt pays a part of a retry in, every retry takes a whole one out. While most
    calls succeed there is always enough. When everything fails, retries are `share` of the
    traffic, and the dependency is not buried under them.
    """

    share: float = 0.1
    most: float = 10.0
    saved: float = 10.0

    def pay_in(self) -> None:
        """A first attempt is made."""
        self.saved = min(self.most, self.saved + self.share)

    def take(self) -> bool:
        """Whether a retry may be made; it is paid for by asking."""
        if self.saved < 1:
            return False
        self.saved -= 1
        return True
