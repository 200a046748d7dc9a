"""What could stand in the way, looked at one by one; each finding says what to type."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from stack import kafka_jars, system, walls
from stack.home import CHECKOUT, Home, port_is_free
from stack.installing.plan import MEMORY_MB
from stack.interpreter import plain_env
from stack.warden.client import Warden

OLDEST_JAVA = 17
_VERSION = re.compile(r"\d+(?:\.\d+)+|(?<=version \")\d+")


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. `ok` None: not needed for most labs."""

    what: str
    ok: bool | None
    said: str
    try_next: str = ""


def examine(home: Home) -> Iterator[Finding]:
    """Look at everything; yields as it goes, because some of it takes a moment."""
    yield _python(home)
    for program in system.PROGRAMS:
        yield _program(program)
    yield _java()
    yield _kafka(home)
    yield _memory()
    yield _disk(home)
    yield _home(home)
    yield Finding("isolation", True, walls.describe())
    yield from _stack(home)


def _python(home: Home) -> Finding:
    stamp, lock = home.path / "venv" / "run.lock", CHECKOUT / "locks" / "run.lock"
    version = ".".join(map(str, sys.version_info[:3]))
    current = stamp.exists() and stamp.read_bytes() == lock.read_bytes()
    said = "the locked packages" if current else "its packages are not those of locks/run.lock"
    return Finding("python", current, f"{version}, {said}", "" if current else "./lab setup")


def _program(program: system.Program) -> Finding:
    path = system.find(program.name)
    if path is None:
        needed = False if program.required else None
        said = f"not installed ({program.why})"
        return Finding(program.name, needed, said, "./lab setup")
    if program.name == "libfaketime":
        return Finding(program.name, True, str(path))
    version = _first_version([str(path), "-v" if program.name == "haproxy" else "--version"])
    return Finding(program.name, True, f"{version} at {path}")


def _java() -> Finding:
    java = shutil.which("java", path=plain_env()["PATH"]) or shutil.which("java")
    if java is None:
        said = "not installed; only labs that need Apache Kafka want it"
        return Finding("java", None, said, _java_command())
    version = _first_version([java, "-version"])
    major = int(version.split(".")[0]) if version[:1].isdigit() else 0
    if major < OLDEST_JAVA:
        return Finding("java", None, f"{version}; Kafka 4 needs 17 or newer", _java_command())
    return Finding("java", True, f"{version} at {java}")


def _kafka(home: Home) -> Finding:
    if kafka_jars.are_there(home):
        return Finding("kafka", True, f"Apache Kafka {kafka_jars.KAFKA} is here, as recorded")
    if shutil.which("mvn") is None:
        said = "without Java and Maven it is an in-memory broker, which forgets when it stops"
        return Finding("kafka", None, said, _java_command())
    return Finding("kafka", None, "not here, and not needed yet: a lab that needs it fetches it")


def _java_command() -> str:
    if sys.platform == "darwin":
        return "brew install openjdk maven"
    sudo = "" if os.geteuid() == 0 else "sudo "
    return f"{sudo}apt-get install -y --no-install-recommends default-jre-headless maven"


def _memory() -> Finding:
    import psutil  # noqa: PLC0415 - slow to import, and only this needs it

    free = psutil.virtual_memory().available // 1_000_000
    enough = free > MEMORY_MB
    said = f"{free} MB available; the stack takes {MEMORY_MB} MB, 1300 MB with Kafka"
    return Finding("memory", enough, said, "" if enough else "./lab down, or close something large")


def _disk(home: Home) -> Finding:
    free = shutil.disk_usage(home.path if home.path.exists() else CHECKOUT).free // 1_000_000
    return Finding("disk", free > 500, f"{free} MB free", "" if free > 500 else "df -h")


def _home(home: Home) -> Finding:
    writable = os.access(home.path, os.W_OK)
    said = f"{home.path}" if writable else f"{home.path} cannot be written"
    return Finding("LAB_HOME", writable, said, "" if writable else f"ls -ld {home.path}")


def _stack(home: Home) -> Iterator[Finding]:
    warden = Warden(home)
    if not warden.running():
        taken = [name for name, port in home.ports().items() if not port_is_free(port)]
        said = (
            f"taken by somebody else: {', '.join(taken)}; `up` chooses others" if taken else "free"
        )
        yield Finding("ports", True, said)
        yield Finding("stack", None, "down", "./lab up")
        return
    status = warden.status()
    for component in status["components"]:
        well = component["state"] == "ready"
        said = f"{component['state']}, port {component['port']}"
        again = f", started again {component['restarts']} times" if component["restarts"] else ""
        following = "" if well else f"./lab logs {component['name']}"
        yield Finding(component["name"], well, said + again, following)
    for fault in status["faults"]:
        said = f"a fault is on for {fault['left_s']:g} s more: {json.dumps(fault['spec'])}"
        yield Finding(fault["id"], None, said, "./lab chaos")


def _first_version(argv: list[str]) -> str:
    try:
        answer = subprocess.run(  # noqa: S603 - a program that we were shown
            argv, capture_output=True, text=True, check=False, timeout=10, env=plain_env()
        )
    except (OSError, subprocess.TimeoutExpired):
        return "does not say its version"
    found = _VERSION.search(answer.stdout + answer.stderr)
    return found.group() if found else "does not say its version"
