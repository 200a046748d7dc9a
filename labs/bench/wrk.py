"""One closed-loop load by `wrk`: well known, and made for speed where ours is for honesty."""

import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass

from stack.trouble import Trouble

_RATE = re.compile(r"Requests/sec:\s*([\d.]+)")
_P99 = re.compile(r"99%\s*([\d.]+)(us|ms|s)")
_BAD = re.compile(r"Non-2xx or 3xx responses:\s*(\d+)")
_SOCKET = re.compile(r"Socket errors: (.*)")
_IN_MS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


@dataclass(frozen=True, slots=True)
class Round:
    """What one round of load measured."""

    rps: float
    p99_ms: float
    failed: int


def installed() -> bool:
    """Whether wrk is on this machine."""
    return shutil.which("wrk") is not None


def need() -> None:
    """Refuse to go on without wrk."""
    if not installed():
        raise Trouble(
            "This benchmark drives its load with wrk, which is not installed.",
            "apt-get install -y wrk",
        )


def load(
    url: str, *, seconds: float, connections: int = 32, headers: Mapping[str, str] | None = None
) -> Round:
    """Load one URL from one thread; Trouble when wrk does not measure anything."""
    argv = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s", "--latency"]
    for name, value in (headers or {}).items():
        argv += ["-H", f"{name}: {value}"]
    argv.append(url)
    done = subprocess.run(argv, capture_output=True, text=True, check=False)  # noqa: S603
    return read(done.stdout + done.stderr)


def read(printed: str) -> Round:
    """Read what wrk printed."""
    rate, p99 = _RATE.search(printed), _P99.search(printed)
    if rate is None or p99 is None:
        raise Trouble(f"wrk measured nothing: {printed.strip()[-200:]}", "./lab doctor")
    bad = _BAD.search(printed)
    failed = int(bad[1]) if bad else 0
    if (sockets := _SOCKET.search(printed)) is not None:
        failed += sum(int(number) for number in re.findall(r"\d+", sockets[1]))
    return Round(float(rate[1]), float(p99[1]) * _IN_MS[p99[2]], failed)
