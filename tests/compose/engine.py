"""Docker's engine for the tests: installed where it is missing, started where it sleeps."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PACKAGES = ("docker.io", "docker-compose", "mmdebstrap")
UNITS = ("docker.service", "docker.socket", "containerd.service")  # what the packages enable
STARTS_WITHIN_S = 60.0


class NoEngine(Exception):  # noqa: N818 - the message is the sentence
    """This machine cannot have an engine, or images for it; why, in a sentence."""


def install() -> None:
    """Install what is missing, from the system's packages; no service stays enabled or running."""
    if not shutil.which("go"):
        raise NoEngine("Toxiproxy and the collector are built from Go modules, and there is no go")
    if all(shutil.which(name) for name in ("dockerd", "docker-compose", "mmdebstrap")):
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise NoEngine("there is none, and installing one takes root and apt-get")
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for words in (
        ("update", "-qq"),
        ("install", "-y", "-qq", "--no-install-recommends", *PACKAGES),
    ):
        done = subprocess.run(("apt-get", *words), env=quiet, capture_output=True, check=False)
        if done.returncode != 0:
            said = done.stderr.decode(errors="replace").strip().splitlines()
            raise NoEngine(f"apt-get {words[0]} failed: {said[-1] if said else ''}")
    if shutil.which("systemctl"):
        subprocess.run(("systemctl", "disable", "--now", *UNITS), capture_output=True, check=False)


def answers() -> bool:
    """Whether there is an engine."""
    return subprocess.run(("docker", "info"), capture_output=True, check=False).returncode == 0


@contextmanager
def running(folder: Path) -> Iterator[None]:
    """Have an engine; one that we started ends with us, and one that was there stays."""
    if answers():
        yield
        return
    own = ("--data-root", str(folder / "data"), "--exec-root", str(folder / "exec"))
    with (folder / "dockerd.log").open("w") as log:
        engine = subprocess.Popen(
            ("dockerd", *own, "--pidfile", str(folder / "pid")), stdout=log, stderr=log
        )
    try:
        _wait(engine, folder / "dockerd.log")
        yield
    finally:
        engine.terminate()
        engine.wait(60)
        shutil.rmtree(folder / "data", ignore_errors=True)  # gigabytes of images
        for mounted in (folder / "exec" / "netns").glob("*"):  # the engine leaves the host's there
            subprocess.run(("umount", str(mounted)), capture_output=True, check=False)


def _wait(engine: subprocess.Popen[bytes], log: Path) -> None:
    give_up_s = time.monotonic() + STARTS_WITHIN_S
    while not answers():
        if engine.poll() is not None or time.monotonic() > give_up_s:
            said = log.read_text().strip().splitlines()
            raise NoEngine(f"dockerd does not start: {said[-1] if said else 'it says nothing'}")
        time.sleep(0.5)
