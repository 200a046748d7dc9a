"""The `lab` command as a person runs it, in a home of its own, on the interpreter of the tests."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.e2e


@dataclass(frozen=True)
class LabCommand:
    """Runs one verb and returns how it ended."""

    home: Path

    def __call__(self, *words: str, within_s: float = 240) -> subprocess.CompletedProcess[str]:
        """Run `lab WORDS`; standard input is closed, as in a pipe."""
        environment = {
            key: value
            for key, value in os.environ.items()
            if not key.startswith(("LAB_", "PYTHON"))
        }
        environment |= {"LAB_HOME": str(self.home), "PYTHONPATH": str(CHECKOUT), "LAB_PLAIN": "1"}
        return subprocess.run(
            [sys.executable, "-m", "labs", *words],
            env=environment,
            cwd=self.home.parent,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=within_s,
            check=False,
        )

    def answer(self, *words: str, within_s: float = 240) -> dict:
        """Run a verb with --json and return its document."""
        done = self(*words, "--json", within_s=within_s)
        assert done.stdout, done.stderr
        return json.loads(done.stdout)


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A home of its own; what runs in it is down afterwards, whatever happened."""
    command = LabCommand(tmp_path_factory.mktemp("e2e") / "home")
    try:
        yield command
    finally:
        command("down")
