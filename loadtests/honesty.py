"""The highest rate at which the load generator stays honest on one core of this machine.

Measured against a server that always gives the same answer; a step lasts a few seconds, and each
asks for more. The generator is one thread, so one core is all it can use. A step is honest by the
rule for a lab's run (`ledger.honesty`). A plan's bound, 2,000 requests a second, bounds this too.

    python -m loadtests.honesty
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from loadtests.plan import MOST_RPS
from loadtests.running import running

RATES_RPS = (250, 500, 1_000, 1_500, MOST_RPS)
_CHECKOUT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Step:
    """What the generator did when it was asked for `rps`."""

    rps: int
    sent_share: float
    schedule_error_p99_ms: float
    cpu_share: float  # of one core
    honest: bool

    def line(self) -> str:
        """Return it as a line of a table."""
        return (
            f"{self.rps:>11} {self.sent_share:>6.0%} {self.schedule_error_p99_ms:>13.1f}"
            f" {self.cpu_share:>13.0%}{'' if self.honest else '   not honest'}"
        )


@dataclass(frozen=True, slots=True)
class HonestRate:
    """The last honest step before the first that was not; 0 where none was."""

    rps: int
    bounded: bool  # every step was honest: the machine could do more than a plan may ask
    steps: tuple[Step, ...]

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {**asdict(self), "sentence": self.sentence()}

    def sentence(self) -> str:
        """Say it in words, for `doctor`."""
        if not self.rps:
            return "the load generator is not honest here at any rate: is the machine busy?"
        at = next(step for step in self.steps if step.rps == self.rps)
        more = " (the most a plan may ask for)" if self.bounded else ""
        return (
            f"the load generator is honest up to {self.rps}/s{more}: there, 99 of 100 requests "
            f"leave within {at.schedule_error_p99_ms:.1f} ms of their moment, "
            f"on {at.cpu_share:.0%} of one core"
        )


def judge(steps: Sequence[Step]) -> HonestRate:
    """Find the rate in the steps, which are in rising order."""
    honest = [step.rps for step in _until_the_first_lie(steps)]
    return HonestRate(max(honest, default=0), len(honest) == len(RATES_RPS), tuple(steps))


def _until_the_first_lie(steps: Sequence[Step]) -> Iterator[Step]:
    for step in steps:
        if not step.honest:
            return
        yield step


def measure(
    step_s: float = 3.0,
    rates_rps: Sequence[int] = RATES_RPS,
    tell: Callable[[Step], None] | None = None,
) -> HonestRate:
    """Climb the steps; stop at the first that is not honest."""
    steps: list[Step] = []
    with _constant_server() as base_url:
        for rps in rates_rps:
            steps.append(_step(base_url, rps, step_s))
            if tell is not None:
                tell(steps[-1])
            if not steps[-1].honest:
                break
    return judge(steps)


def _step(base_url: str, rps: int, step_s: float) -> Step:
    phase = {
        "name": "step",
        "duration_s": step_s,
        "shape": {"kind": "steady", "rps": rps},
        "user": "visitor",
        "args": {"codes": ["constant"]},
    }
    plan = {"base_url": base_url, "seed": rps, "phases": [phase]}
    with tempfile.TemporaryDirectory() as folder, running(plan, Path(folder)) as drive:
        summary = drive.finish().summary
    return Step(
        rps=rps,
        sent_share=round(summary["sent"] / summary["planned"], 3),
        schedule_error_p99_ms=summary["schedule_error_p99_ms"],
        cpu_share=summary["cpu_share"],
        honest=summary["honest"],
    )


@contextmanager
def _constant_server() -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, "-B", "-m", "loadtests.constant"],
        cwd=_CHECKOUT,
        env={**os.environ, "PYTHONPATH": str(_CHECKOUT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.stdin.close()
        process.wait()
        process.stdout.close()


def main() -> None:
    """Print each step as it ends, then the sentence."""
    measured = measure(tell=lambda step: print(json.dumps(asdict(step)), flush=True))
    print(measured.sentence())


if __name__ == "__main__":
    main()
