"""What the rate limiter costs: how often Redis is asked, and what share of a request that takes.

The request is the cheapest that is limited: reading one link, of its owner. Beside it runs the same
shortener with the limiter taken out.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx2
from redis.asyncio import Redis

from labs.bench import deployed, wrk
from labs.bench.rounds import Spread, ratios
from stack.home import Home

COUNTED_REQUESTS = 200
WARM_UP_S = 1.0
_END = "that was all"
# What the process says to Redis of its own accord, whether anybody asks it something or not.
_BY_ITSELF = frozenset({"PING", "HELLO", "CLIENT", "AUTH", "SELECT", "SCRIPT", "ECHO", "INFO"})


@dataclass(frozen=True, slots=True)
class Answer:
    """The commands of the counted requests, and both sides round by round."""

    commands: Counter[str]
    limited: list[wrk.Round]
    unlimited: list[wrk.Round]

    @property
    def round_trips(self) -> float:
        """Commands that came over the wire, per request."""
        return round(self.commands.total() / COUNTED_REQUESTS, 3)

    @property
    def ratio(self) -> Spread:
        """Requests per second with the limiter over those without."""
        return Spread.of(ratios([r.rps for r in self.limited], [r.rps for r in self.unlimited]))

    @property
    def share(self) -> float:
        """What part of a request's time the limiter takes."""
        return round(1 - self.ratio.median, 3)

    def as_dict(self) -> dict[str, Any]:
        """Everything that `--json` prints."""
        return {
            "ratio": round(self.ratio.median, 3),
            "share_of_a_request": self.share,
            "round_trips": self.round_trips,
            "commands": dict(self.commands),
            "requests_counted": COUNTED_REQUESTS,
            "rounds": len(self.limited),
            "ratio_spread": self.ratio.as_dict(),
            "limited_rps": Spread.of([r.rps for r in self.limited]).as_dict(0),
            "unlimited_rps": Spread.of([r.rps for r in self.unlimited]).as_dict(0),
            "failed": sum(r.failed for r in (*self.limited, *self.unlimited)),
        }

    def lines(self) -> Iterator[str]:
        """Say the same to a person."""
        told = self.as_dict()
        yield f"commands to Redis per request: {self.round_trips:g} ({dict(self.commands)})"
        yield (
            f"with it {told['limited_rps']['median']:.0f}/s, without "
            f"{told['unlimited_rps']['median']:.0f}/s: it takes {self.share:.0%} of a request"
        )


def commands_of(monitored: list[dict[str, Any]]) -> Counter[str]:
    """Count what clients sent for their requests, out of what MONITOR showed.

    What a script does inside Redis is shown too, with `lua` for an address: it is no round trip.
    """
    names = [
        str(shown["command"]).split(" ", 1)[0].upper()
        for shown in monitored
        if shown.get("client_type") != "lua"
    ]
    return Counter(name for name in names if name not in _BY_ITSELF)


def measure(home: Home, *, rounds: int, seconds: float) -> Answer:
    """Count, then run the rounds: limited, unlimited, limited ..."""
    wrk.need()
    with deployed.servers(home):
        return asyncio.run(_measure(home, rounds, seconds))


async def _measure(home: Home, rounds: int, seconds: float) -> Answer:
    async with (
        deployed.shortener(home) as limited,
        deployed.shortener(home, "bench-unlimited", without="limiter") as unlimited,
    ):
        account = await deployed.sign_up(home, limited)
        path = await _link_of(limited, account)
        answer = Answer(await _counted(home, limited + path, account), [], [])
        sides = {limited: answer.limited, unlimited: answer.unlimited}
        for url in sides:
            await _round(url + path, account, WARM_UP_S)
        for _ in range(rounds):
            for url, told in sides.items():
                told.append(await _round(url + path, account, seconds))
        return answer


async def _round(url: str, account: deployed.Account, seconds: float) -> wrk.Round:
    return await asyncio.to_thread(wrk.load, url, seconds=seconds, headers=account.headers)


async def _link_of(url: str, account: deployed.Account) -> str:
    async with httpx2.AsyncClient(base_url=url, headers=account.headers, timeout=10) as http:
        made = await http.post("/api/v1/links", json={"url": deployed.TARGET})
        return str(made.raise_for_status().headers["location"])


async def _counted(home: Home, url: str, account: deployed.Account) -> Counter[str]:
    """Send some requests, one after the other, with Redis telling what it is asked."""
    shown: list[dict[str, Any]] = []
    async with (
        httpx2.AsyncClient(headers=account.headers, timeout=10) as http,
        Redis.from_url(home.redis_url()) as redis,
        redis.monitor() as monitor,
    ):
        for _ in range(COUNTED_REQUESTS):
            (await http.get(url)).raise_for_status()
        await redis.echo(_END)
        while not shown or _END not in str(shown[-1]["command"]):
            shown.append(await monitor.next_command())
    return commands_of(shown)
