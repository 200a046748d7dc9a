"""How much memory each component really costs.

PSS shares a page among those who map it, so that the sum over PostgreSQL's processes is true; the
sum of their resident sizes would count the shared buffers once per connection.
"""

import contextlib
from collections import defaultdict
from pathlib import Path

import psutil


def per_group_mb(leaders: dict[str, int]) -> dict[str, float]:
    """Return MiB per name: the sum over everything in the session that each pid leads."""
    members: dict[int, list[int]] = defaultdict(list)
    wanted = set(leaders.values())
    for pid in psutil.pids():
        with contextlib.suppress(OSError, ValueError, IndexError):
            session = _session(pid)
            if session in wanted:
                members[session].append(pid)
    return {
        name: round(sum(_pss_kib(pid) for pid in members[leader] or [leader]) / 1024, 1)
        for name, leader in leaders.items()
    }


def _session(pid: int) -> int:
    # The command's name stands in brackets and may hold anything, so count from its end.
    after_name = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return int(after_name[3])


def _pss_kib(pid: int) -> float:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return float(line.split()[1])
    with contextlib.suppress(psutil.Error):
        return float(psutil.Process(pid).memory_info().rss) / 1024
    return 0.0
