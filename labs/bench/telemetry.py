"""What telemetry costs: the same cached redirect with none, metrics, sampled and full traces.

All four run at once and are loaded in turn, so that a round compares them under the same machine.
"""

import asyncio
import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from labs.bench import deployed, wrk
from labs.bench.rounds import Spread, ratios
from stack.home import Home

WARM_UP_S = 1.0
OFF = "off"


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to run the shortener."""

    name: str
    changes: Mapping[str, str]
    without: str = ""


VARIANTS = (
    Variant(OFF, {"OTLP_ENDPOINT": ""}, without="metrics"),
    Variant("metrics only", {"OTLP_ENDPOINT": ""}),
    Variant("traces as shipped", {}),
    Variant("traces at 100 %", {"TRACE_RATIO": "1"}),
)


@dataclass(frozen=True, slots=True)
class Answer:
    """Every variant, round by round."""

    rounds: dict[str, list[wrk.Round]]

    def ratio(self, name: str) -> Spread:
        """Requests per second of one variant over those with telemetry off."""
        off = [r.rps for r in self.rounds[OFF]]
        return Spread.of(ratios([r.rps for r in self.rounds[name]], off))

    def as_dict(self) -> dict[str, Any]:
        """Everything that `--json` prints; `ratio` is the shipped way over none."""
        return {
            "ratio": round(self.ratio("traces as shipped").median, 3),
            "rounds": len(self.rounds[OFF]),
            "connections": 32,
            "variants": {
                name: {
                    "ratio": self.ratio(name).as_dict(),
                    "rps": Spread.of([r.rps for r in rounds]).as_dict(0),
                    "p99_ms": Spread.of([r.p99_ms for r in rounds]).as_dict(2),
                    "failed": sum(r.failed for r in rounds),
                }
                for name, rounds in self.rounds.items()
            },
        }

    def lines(self) -> Iterator[str]:
        """Say the same to a person."""
        yield "telemetry            redirect/s   p99 ms   ratio (least to most)"
        for name, told in self.as_dict()["variants"].items():
            ratio = told["ratio"]
            yield (
                f"{name:<18} {told['rps']['median']:>12.0f}   {told['p99_ms']['median']:>6.1f}"
                f"   {ratio['median']:>5.2f} ({ratio['min']:.2f} to {ratio['max']:.2f})"
            )


def measure(home: Home, *, rounds: int, seconds: float) -> Answer:
    """Run the rounds: off, metrics, sampled, full, off ..."""
    wrk.need()
    with deployed.servers(home):
        return asyncio.run(_measure(home, rounds, seconds))


async def _measure(home: Home, rounds: int, seconds: float) -> Answer:
    await deployed.lay_in_one_link(home)
    answer = Answer({variant.name: [] for variant in VARIANTS})
    async with contextlib.AsyncExitStack() as running:
        urls = {}
        for number, variant in enumerate(VARIANTS):
            url = await running.enter_async_context(
                deployed.shortener(
                    home, f"bench-telemetry-{number}", variant.changes, without=variant.without
                )
            )
            urls[variant.name] = f"{url}/{deployed.CODE}"
            await asyncio.to_thread(wrk.load, urls[variant.name], seconds=WARM_UP_S)
        for _ in range(rounds):
            for name, url in urls.items():
                told = await asyncio.to_thread(wrk.load, url, seconds=seconds)
                answer.rounds[name].append(told)
    return answer
