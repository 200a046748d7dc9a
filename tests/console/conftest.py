"""A real console on a home of its own, for tests that knock at its door."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from labs.console.gate import Pass
from labs.console.serve import shown_at
from stack.home import Home

CHECKOUT = Path(__file__).resolve().parents[2]
STARTS_WITHIN_S = 90.0


@dataclass(frozen=True)
class Served:
    """A console that is up."""

    home: Home
    shown: Pass
    pid: int

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.shown.port}"

    @property
    def origin(self) -> str:
        return f"http://{self.host}"

    @property
    def cookie(self) -> str:
        return f"{self.shown.cookie_name}={self.shown.cookie_value}"


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """`lab console`, as a person starts it."""
    home = Home(tmp_path_factory.mktemp("console"))
    process = subprocess.Popen(
        [sys.executable, "-m", "labs", "--plain", "console"],
        cwd=CHECKOUT,
        env=os.environ | {"LAB_HOME": str(home.path), "PYTHONPATH": str(CHECKOUT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    late = threading.Timer(STARTS_WITHIN_S, process.kill)
    late.start()
    said = process.stdout.readline()
    late.cancel()
    try:
        assert "http://127.0.0.1:" in said, said
        yield Served(home, shown_at(home), process.pid)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)
        process.stdout.close()
