"""The child processes of one run: the load generator and the canary. They never outlive it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from labs.engine.catalogue import CHECKOUT
from labs.engine.generator import Generator
from stack.home import Home


class Crew:
    """Whoever works beside the services for one run, and is sent home with it."""

    def __init__(self, home: Home, run_dir: Path) -> None:
        self._home = home
        self._log = run_dir / "log" / "load.log"
        self._log.parent.mkdir(exist_ok=True)
        self._generator: Generator | None = None
        self._canary: subprocess.Popen[bytes] | None = None

    @property
    def generator(self) -> Generator:
        """The load generator, on its feet since `call`."""
        assert self._generator is not None
        return self._generator

    def call(self) -> None:
        """Start the generator as soon as the services are up.

        Its imports take most of a second of a processor, and two cores have none to spare while
        the services start. (What that gains was too little to measure.)
        """
        self._generator = Generator(self._home, self._log)

    def watch(self) -> None:
        """Start the canary; not before, because restarting services is meant to be busy."""
        self._canary = subprocess.Popen(
            [sys.executable, "-m", "labs.engine.canary"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=CHECKOUT,
            start_new_session=True,
        )

    def canary(self) -> dict[str, Any]:
        """End the canary and return what it noticed; nothing if it is gone already."""
        if self._canary is None:
            return {}
        try:
            said, _ = self._canary.communicate(timeout=3)
            report: dict[str, Any] = json.loads(said)
        except (subprocess.TimeoutExpired, ValueError, OSError):
            return {}
        return report

    def dismiss(self) -> None:
        """End both, whatever they are doing."""
        if self._generator is not None:
            self._generator.stop()
        if self._canary is None:
            return
        if self._canary.poll() is None:
            self._canary.kill()
        self._canary.wait()
        for stream in (self._canary.stdin, self._canary.stdout):
            if stream is not None:
                stream.close()
