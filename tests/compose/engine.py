"""Docker's engine for the tests: installed where it is missing, started where it sleeps."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PACKAGES = ("docker.io", "docker-compose", "mmdebstrap")
STARTS_WITHIN_S = 60.0


def install() -> None:
    """Install what is missing, from the system's packages."""
    have = all(shutil.which(name) for name in ("dockerd", "docker-compose", "mmdebstrap"))
    if have:
        return
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for words in (
        ("update", "-qq"),
        ("install", "-y", "-qq", "--no-install-recommends", *PACKAGES),
    ):
        subprocess.run(("apt-get", *words), env=quiet, check=True, stdout=subprocess.DEVNULL)


def answers() -> bool:
    """Whether there is an engine."""
    return subprocess.run(("docker", "info"), capture_output=True, check=False).returncode == 0


@contextmanager
def running(folder: Path) -> Iterator[None]:
    """Have an engine; one that we started ends with us, and one that was there stays."""
    if answers():
        yield
        return
    with (folder / "dockerd.log").open("w") as log:
        own = ("--data-root", str(folder / "data"), "--exec-root", str(folder / "exec"))
        engine = subprocess.Popen(
            ("dockerd", *own, "--pidfile", str(folder / "pid")), stdout=log, stderr=log
        )
    give_up_s = time.monotonic() + STARTS_WITHIN_S
    try:
        while not answers():
            if engine.poll() is not None or time.monotonic() > give_up_s:
                raise RuntimeError(f"no engine: {(folder / 'dockerd.log').read_text()[-2000:]}")
            time.sleep(0.5)
        yield
    finally:
        engine.terminate()
        engine.wait(30)
