"""A drive in a process of its own: started, watched, ended; never left behind."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loadtests import ledger
from loadtests.bad_plan import BadPlan

_CHECKOUT = Path(__file__).resolve().parents[1]
_ENDS_WITHIN_S = 5.0
RUN_SECRET = "LAB_RUN_SECRET"  # noqa: S105 - the variable's name; the edge lets traces with it in


@dataclass(frozen=True, slots=True)
class Running:
    """A drive that has begun, or is about to."""

    process: subprocess.Popen[str]
    out: Path

    def t0(self) -> float:
        """Wait until the accounts are ready and return when the timeline starts."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise BadPlan(self._refusal())
        return float(json.loads(line)["t0"])

    def ended(self) -> bool:
        """Tell whether the last line of the ledger is written."""
        return self.process.poll() is not None

    def stop(self) -> None:
        """End early; the ledger still gets its summary."""
        if not self.ended():
            self.process.send_signal(signal.SIGTERM)

    def finish(self) -> ledger.Ledger:
        """Wait for the end and read everything."""
        refusal = self._refusal()
        if self.process.returncode != 0:
            raise BadPlan(refusal)
        return ledger.load(self.out)

    def _refusal(self) -> str:
        _, said = self.process.communicate()
        lines = said.strip().splitlines()
        return lines[-1].removeprefix("load: ") if lines else "the load generator was killed"


@contextlib.contextmanager
def running(
    plan: Mapping[str, Any], folder: Path, run_secret: str | None = None
) -> Iterator[Running]:
    """Start `plan` with its files in `folder`; whatever happens, it has ended afterwards."""
    plan_path, out = folder / "plan.json", folder / "requests.jsonl"
    plan_path.write_text(json.dumps(plan), encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(_CHECKOUT)}
    if run_secret is not None:
        environment[RUN_SECRET] = run_secret
    process = subprocess.Popen(  # noqa: S603 - ourselves
        [sys.executable, "-B", "-m", "loadtests.drive", str(plan_path), str(out)],
        cwd=_CHECKOUT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C in the terminal is ours to pass on, once
    )
    try:
        yield Running(process, out)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(_ENDS_WITHIN_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()
