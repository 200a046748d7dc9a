"""A cached redirect of the shipped shortener, one process, beside a constant 302.

Metrics are on and traces are sampled as shipped.
"""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from labs.bench import deployed, wrk
from labs.bench.rounds import Spread, ratios
from stack.home import Home

WARM_UP_S = 1.0


@dataclass(frozen=True, slots=True)
class Answer:
    """Both sides, round by round."""

    ours: list[wrk.Round]
    constant: list[wrk.Round]

    @property
    def ratio(self) -> Spread:
        """Requests per second of ours over the constant's."""
        return Spread.of(ratios([r.rps for r in self.ours], [r.rps for r in self.constant]))

    @property
    def p99_ratio(self) -> Spread:
        """p99 of ours over the constant's."""
        return Spread.of(ratios([r.p99_ms for r in self.ours], [r.p99_ms for r in self.constant]))

    def as_dict(self) -> dict[str, Any]:
        """Everything that `--json` prints."""
        return {
            "ratio": round(self.ratio.median, 3),
            "p99_ratio": round(self.p99_ratio.median, 2),
            "rounds": len(self.ours),
            "connections": 32,
            "ratio_spread": self.ratio.as_dict(),
            "p99_ratio_spread": self.p99_ratio.as_dict(2),
            "redirect_rps": Spread.of([r.rps for r in self.ours]).as_dict(0),
            "constant_rps": Spread.of([r.rps for r in self.constant]).as_dict(0),
            "failed": sum(r.failed for r in (*self.ours, *self.constant)),
        }

    def lines(self) -> Iterator[str]:
        """Say the same to a person."""
        yield "round   redirect/s   p99 ms   constant/s   p99 ms   ratio"
        for number, (ours, other) in enumerate(zip(self.ours, self.constant, strict=True), 1):
            yield (
                f"{number:>5}   {ours.rps:>10.0f}   {ours.p99_ms:>6.1f}   {other.rps:>10.0f}"
                f"   {other.p99_ms:>6.1f}   {ours.rps / other.rps:>5.2f}"
            )
        yield (
            f"median: {self.ratio.median:.2f} of the constant's throughput, "
            f"{self.p99_ratio.median:.1f} times its p99"
        )


def measure(
    home: Home, *, rounds: int, seconds: float, changes: Mapping[str, str] | None = None
) -> Answer:
    """Run the rounds: ours (with `changes` to its settings), constant, ours, constant ..."""
    wrk.need()
    with deployed.servers(home):
        return asyncio.run(_measure(home, rounds, seconds, changes or {}))


async def _measure(home: Home, rounds: int, seconds: float, changes: Mapping[str, str]) -> Answer:
    await deployed.lay_in_one_link(home)
    async with (
        deployed.shortener(home, changes=changes) as ours,
        deployed.constant(home) as yardstick,
    ):
        answer = Answer([], [])
        sides = {f"{ours}/{deployed.CODE}": answer.ours, yardstick: answer.constant}
        for url in sides:
            await asyncio.to_thread(wrk.load, url, seconds=WARM_UP_S)
        for _ in range(rounds):
            for url, told in sides.items():
                told.append(await asyncio.to_thread(wrk.load, url, seconds=seconds))
        return answer
