"""docker-compose.yml on the stand-ins, for as long as a test or one command takes.

    export PYTHONPATH=.:tests
    .lab/venv/bin/python -m compose.standins.standing ./lab parity 05 --side compose

The command finds the containers by the variables that it is given. It takes minutes; an engine that
we started is gone afterwards with all its images. One that was there stays, with the stand-ins.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

from compose import compose_file, engine
from compose.standins import build

from stack.compose import host
from stack.home import CHECKOUT

PROJECT = "short-circuit-test"
PUBLISHED = ("EDGE", "PROMETHEUS", "GRAFANA", "JAEGER", "LOCUST")


def started() -> list[str]:
    """Return the services that start without a profile and have an image here."""
    without = tuple(build.WITHOUT)
    return [
        name
        for name, service in compose_file.services().items()
        if not service.value("profiles") and not service.value("image").startswith(without)
    ]


def call(*words: str) -> tuple[int, str, str]:
    """Ask Compose; its exit code, what it said, and what it complained of."""
    asked = [*host.command(), *words]
    done = subprocess.run(
        asked, cwd=CHECKOUT, env=host.environment(), capture_output=True, check=False
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


@contextlib.contextmanager
def standing(folder: Path) -> Iterator[dict[str, int]]:
    """Have all of it up and ready; the value: which port of this machine leads to what.

    Args:
        folder: Where an engine of our own keeps its data (gigabytes, removed at the end).

    Raises:
        engine.NoEngine: This machine cannot have one.
    """
    published = {name: _free_port() for name in PUBLISHED}
    told = {f"LAB_{name}_PORT": str(port) for name, port in published.items()}
    had_a_workspace = (CHECKOUT / "workspace").exists()
    with contextlib.ExitStack() as ending:
        ending.enter_context(patch.dict(os.environ, told | {"COMPOSE_PROJECT_NAME": PROJECT}))
        engine.install()
        ending.enter_context(engine.running(folder))
        build.build_all()
        build.build_ours()
        if not had_a_workspace:
            ending.callback(_remove_if_empty, CHECKOUT / "workspace")
        ending.callback(call, "down", "-v", "--remove-orphans")
        host.bring_up(host.command(), started())
        yield published


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _remove_if_empty(folder: Path) -> None:
    with contextlib.suppress(OSError):
        folder.rmdir()


def main(words: list[str]) -> int:
    """Run one command with all of it up; its exit code, or 2 and a sentence where there is none."""
    if not words:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    try:
        with tempfile.TemporaryDirectory() as folder, standing(Path(folder)):
            return subprocess.run(words, cwd=CHECKOUT, check=False).returncode
    except engine.NoEngine as error:
        sys.stderr.write(f"docker compose was not run: {error}\n")
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
