"""When to stop instead of parking. Pure.

One poison message among thousands is put aside so that the rest goes on. When most messages are
poison the fault is more likely ours (a producer was deployed with a new format, or we were), and
putting everything aside would be data loss with extra steps. Then we stop, and a person looks.
"""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Limit:
    """At most this share of messages may be parked, once enough were seen to judge."""

    at_most_share: float
    judge_after: int


@dataclass(frozen=True, slots=True)
class Recent:
    """The last messages: how many, and how many of them were parked."""

    seen: float = 0
    parked: float = 0

    def after(self, seen: int, parked: int, limit: Limit) -> "Recent":
        """What is recent fades: older messages count less, so that a good past does not excuse."""
        total = replace(self, seen=self.seen + seen, parked=self.parked + parked)
        horizon = 10 * limit.judge_after
        fade = min(1.0, horizon / total.seen) if total.seen else 1.0
        return Recent(total.seen * fade, total.parked * fade)

    def exceeds(self, limit: Limit) -> bool:
        """Whether to stop."""
        enough = self.seen >= limit.judge_after
        return enough and self.parked > limit.at_most_share * self.seen
