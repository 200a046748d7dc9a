"""The stack and the lab itself: how long a person waits, and how much memory it takes."""

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

from labs.engine.catalogue import find
from labs.engine.experiment import DATABASE, Experiment
from labs.engine.tree import lay_variant, variants_home
from stack.home import Home, port_is_free
from stack.warden.client import Warden

SLUG = "stampede"
EVERYDAY = ("edge", "prometheus")
EVERYTHING = (*EVERYDAY, "kafka", "relay", "analytics")


@dataclass(frozen=True, slots=True)
class Figure:
    """One thing measured, and what the project promises of it."""

    name: str
    measured: float
    promised: float
    unit: str

    @property
    def kept(self) -> bool:
        """Whether the promise held this time."""
        return self.measured <= self.promised


def measure(home: Home, *, kafka: bool) -> Iterator[Figure]:
    """Yield each figure as soon as it is known. Whatever ran before is stopped first."""
    warden, folder = Warden(home), find(SLUG)
    trees = {v: lay_variant(folder, v, variants_home(home.path, folder, v)) for v in _VARIANTS}
    scale = {key: str(value) for key, value in folder.lab.scale.items()}

    def up(variant: str, needs: tuple[str, ...] = EVERYDAY) -> Callable[[], Any]:
        return lambda: warden.up(needs, trees[variant], scale, DATABASE)

    warden.down()
    yield Figure("up, everything installed", _took_s(up("reference")), 10, "s")
    yield Figure("up when it is up", _took_s(up("reference")), 1, "s")
    yield Figure("memory without Kafka", _memory_mib(warden), 700, "MiB")
    yield Figure("services restarted on a change", _took_s(up("bug")), 3, "s")
    check = Experiment(home, folder, trees["reference"], "bench")
    yield Figure(f"one check of {SLUG}", _took_s(check.run), 20, "s")
    if kafka:
        up("reference", EVERYTHING)()
        yield Figure("memory with Kafka", _memory_mib(warden), 1.3 * 1024, "MiB")
    pids = [c["pid"] for c in warden.status()["components"] if c["pid"]]
    ports = list(home.ports().values())
    yield Figure("down", _took_s(warden.down), 5, "s")
    left = sum(psutil.pid_exists(pid) for pid in pids)
    yield Figure("processes left behind", left, 0, "")
    yield Figure("ports left open", sum(not port_is_free(port) for port in ports), 0, "")


def as_dict(figures: list[Figure], home: Path) -> dict[str, Any]:
    """Everything that `--json` prints."""
    return {
        "figures": [asdict(figure) | {"kept": figure.kept} for figure in figures],
        "kept": all(figure.kept for figure in figures),
        "home": home.name,
    }


_VARIANTS = ("reference", "bug")


def _took_s(work: Callable[[], Any]) -> float:
    began_s = time.perf_counter()
    work()
    return round(time.perf_counter() - began_s, 2)


def _memory_mib(warden: Warden) -> float:
    return round(sum(float(c["memory_mb"]) for c in warden.status()["components"]), 0)
