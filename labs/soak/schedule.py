"""What one schedule is: so much load, and a few blows at their seconds. Drawn by a seed. Pure.

The same seed always draws the same schedule, so a violation can be replayed by its number, and a
part of its blows by theirs (`part`), which is what shrinking needs.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

LOAD_S = 6.0
MOST_BLOWS = 4
SERVICES = ("shortener-a", "shortener-b", "relay", "analytics")
SHORTENERS = ("shortener-a", "shortener-b")
SERVERS = ("postgres", "redis", "kafka")
DISKS = ("postgres", "kafka")  # what must not forget; Redis is a cache and writes no file here
LINKS = (
    *("shortener-a.postgres", "shortener-b.postgres", "shortener-*.postgres"),
    *("shortener-a.redis", "shortener-b.redis", "shortener-*.redis"),
    *("shortener-a.kafka", "shortener-*.kafka", "shortener-*.partner"),
    *("relay.postgres", "relay.kafka", "analytics.postgres", "analytics.kafka"),
)

Spec = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Blow:
    """One fault on the timeline."""

    at_s: float
    for_s: float
    spec: Spec

    def __str__(self) -> str:
        what = self.spec.get("toxic", {}).get("type") or self.spec["kind"]
        where = self.spec.get("proxy") or self.spec.get("process") or self.spec.get("table") or ""
        return f"{self.at_s:g} s {what} {where} for {self.for_s:g} s".replace("  ", " ")


@dataclass(frozen=True, slots=True)
class Schedule:
    """What is done to the system, in seconds from the start of the load."""

    seed: int
    load_s: float
    writers: int
    readers: int
    blows: tuple[Blow, ...]

    def part(self, numbers: Iterable[int]) -> Schedule:
        """Return the same schedule with some of its blows only (counted from 0)."""
        chosen = tuple(self.blows[number] for number in sorted(set(numbers)))
        return Schedule(self.seed, self.load_s, self.writers, self.readers, chosen)

    @property
    def skewed(self) -> tuple[str, ...]:
        """The processes whose clock is moved: they must be started for it."""
        return tuple(sorted({b.spec["process"] for b in self.blows if _kind(b) == "clock_skew"}))

    def kills_of(self, processes: Iterable[str]) -> int:
        """Return how many times one of these processes is killed with -9."""
        among = set(processes)
        return sum(_kind(b) == "kill" and b.spec["process"] in among for b in self.blows)


def draw(seed: int, *, real_kafka: bool = True) -> Schedule:
    """Draw a schedule. A broker that lives in memory only is never killed: it would forget."""
    dice = random.Random(seed)  # noqa: S311 - replayable, not secret
    servers = SERVERS if real_kafka else tuple(name for name in SERVERS if name != "kafka")
    blows = [_blow(dice, servers) for _ in range(dice.randint(1, MOST_BLOWS))]
    return Schedule(
        seed=seed,
        load_s=LOAD_S,
        writers=dice.randint(2, 5),
        readers=dice.randint(3, 8),
        blows=tuple(sorted(blows, key=lambda blow: blow.at_s)),
    )


def _blow(dice: random.Random, servers: tuple[str, ...]) -> Blow:
    at_s, for_s = round(dice.uniform(0.3, 4.0), 1), round(dice.uniform(0.4, 3.0), 1)
    disks = tuple(name for name in servers if name in DISKS)
    makers: tuple[Callable[[], Spec], ...] = (
        lambda: _toxic(dice, "latency", {"latency": dice.choice((50, 200, 700)), "jitter": 40}),
        lambda: _toxic(dice, "timeout", {"timeout": 0}),  # a partition: bytes are swallowed
        lambda: _toxic(dice, "reset_peer", {"timeout": 0}),
        lambda: _toxic(dice, "limit_data", {"bytes": dice.choice((200, 2_000))}),
        lambda: {"kind": "proxy_down", "proxy": dice.choice(LINKS)},
        lambda: {"kind": "pause", "process": dice.choice((*SERVICES, *servers))},
        lambda: {"kind": "kill", "process": dice.choice(SERVICES)},
        lambda: {"kind": "kill", "process": dice.choice(servers)},
        lambda: {"kind": "terminate_backends", "application": dice.choice(SERVICES)},
        lambda: {"kind": "lock_table", "table": dice.choice(("links", "outbox", "click_counts"))},
        lambda: {"kind": "redis_evict", "pattern": "*"},
        lambda: {"kind": "partner", "control": {"delay_ms": dice.choice((300, 3_000))}},
        lambda: _skew(dice),
        lambda: _skew_of_shorteners(dice),
        lambda: {"kind": "disk_full", "process": dice.choice(disks)},
    )
    return Blow(at_s, for_s, dice.choice(makers)())


def _toxic(dice: random.Random, kind: str, attributes: dict[str, int]) -> Spec:
    toxic = {"type": kind, "stream": dice.choice(("upstream", "downstream"))}
    return {
        "kind": "toxic",
        "proxy": dice.choice(LINKS),
        "toxic": toxic | {"attributes": attributes},
    }


def _skew(dice: random.Random) -> Spec:
    offset_s = dice.choice((-3_600.0, -30.0, 30.0, 3_600.0))
    return {
        "kind": "clock_skew",
        "process": dice.choice(("relay", "analytics")),
        "offset_s": offset_s,
    }


def _skew_of_shorteners(dice: random.Random) -> Spec:
    """Behind by less than the leeway that tokens have, ahead by more: further behind, they refuse.

    A token that another instance has just issued would be one from the future.
    """
    process, offset_s = dice.choice(SHORTENERS), dice.choice((-4.0, 4.0, 30.0, 600.0))
    return {"kind": "clock_skew", "process": process, "offset_s": offset_s}


def _kind(blow: Blow) -> str:
    return str(blow.spec["kind"])
