"""The token bucket, as pure arithmetic with time as an argument.

A bucket holds up to `capacity` tokens and gains `refill_per_s`. A request takes one or is refused.
So a client may burst, and over any longer time gets no more than the refill. `bucket.lua` is the
same arithmetic inside Redis; a test holds the two together.
"""

import math
from dataclasses import dataclass

ROUNDING = 1e-6  # of a token: who waited as told must not fail on a float's last digit


@dataclass(frozen=True, slots=True)
class Policy:
    """What one kind of bucket allows. The name is shown to clients."""

    name: str
    capacity: int
    per_minute: int

    @property
    def refill_per_s(self) -> float:
        """Tokens gained in a second."""
        return self.per_minute / 60

    @property
    def window_s(self) -> int:
        """The time in which an empty bucket fills up: `w` of `RateLimit-Policy`."""
        return math.ceil(self.capacity / self.refill_per_s)


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket's content at a moment."""

    tokens: float
    as_of_s: float


@dataclass(frozen=True, slots=True)
class Decision:
    """What became of an attempt, and what the client is told about it."""

    policy: Policy
    allowed: bool
    remaining: int
    retry_after_s: int  # 0 when allowed
    full_after_s: int


def full(policy: Policy, now_s: float) -> Bucket:
    """The bucket of someone who was not seen before."""
    return Bucket(float(policy.capacity), now_s)


def take(
    policy: Policy, bucket: Bucket, now_s: float, cost: float = 1.0
) -> tuple[Bucket, Decision]:
    """Return the bucket after the attempt, and the decision. A refused attempt takes nothing."""
    elapsed_s = max(0.0, now_s - bucket.as_of_s)  # a clock that was set back refills nothing
    tokens = min(float(policy.capacity), bucket.tokens + elapsed_s * policy.refill_per_s)
    allowed = tokens >= cost - ROUNDING
    left = max(0.0, tokens - cost) if allowed else tokens
    return Bucket(left, max(now_s, bucket.as_of_s)), decide(policy, left, allowed, cost)


def decide(policy: Policy, left: float, allowed: bool, cost: float = 1.0) -> Decision:
    """Put numbers to the outcome; seconds are rounded up, so that who waits them is let in."""
    missing = 0.0 if allowed else max(0.0, cost - left)
    return Decision(
        policy=policy,
        allowed=allowed,
        remaining=int(left),
        retry_after_s=0 if allowed else max(1, math.ceil(missing / policy.refill_per_s)),
        full_after_s=math.ceil((policy.capacity - left) / policy.refill_per_s),
    )
