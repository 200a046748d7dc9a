"""The programs that the stack takes from the system: where they are, and who has them.

Standard library only: the launcher reads this before there is any environment.
"""

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from stack import runtime

_SERVER_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/homebrew/bin"


@dataclass(frozen=True)
class Program:
    """One program, its package on Debian and Ubuntu, and what that costs with all it pulls in."""

    name: str
    package: str
    brew: str
    download_mb: int
    disk_mb: int
    why: str
    required: bool = True


PROGRAMS = (
    Program("postgres", "postgresql", "postgresql@15", 58, 240, "the database"),
    Program("redis-server", "redis-server", "redis", 2, 7, "the cache"),
    Program("haproxy", "haproxy", "haproxy", 3, 5, "the edge"),
    Program("prometheus", "prometheus", "prometheus", 21, 100, "the metrics"),
    Program(
        "libfaketime", "libfaketime", "libfaketime", 1, 1, "clocks that are off", required=False
    ),
)

KAFKA_PROGRAMS = (
    Program("java", "default-jre-headless", "openjdk", 45, 195, "runs Apache Kafka"),
    Program("mvn", "maven", "maven", 10, 15, "fetches Apache Kafka (62 MB more, once)"),
)
"""Wanted by `up --all` only. Without them Kafka is an in-memory broker."""


def find(name: str) -> Path | None:
    """Return where a program (or libfaketime) is, None when it is not installed."""
    if name == "libfaketime":
        places = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
        return places[0] if sys.platform == "linux" and places else None
    if name in ("postgres", "initdb", "psql", "pg_ctl"):
        newest = sorted(_postgres_places(name), key=_postgres_version, reverse=True)
        if newest:
            return newest[0]
    found = shutil.which(name, path=_SERVER_PATH) or shutil.which(name)
    return Path(found) if found else None


def missing(wanted: tuple[Program, ...] = PROGRAMS) -> list[Program]:
    """Return the programs that are not there; in compose, servers are containers."""
    if runtime.in_compose():
        return []
    return [program for program in wanted if find(program.name) is None]


def _postgres_places(name: str) -> list[Path]:
    """Debian keeps the servers' programs out of the PATH, in a folder per version."""
    patterns = (
        ("/usr/lib/postgresql", f"*/bin/{name}"),
        ("/opt/homebrew/opt", f"postgresql@*/bin/{name}"),
        ("/usr/local/opt", f"postgresql@*/bin/{name}"),
    )
    return [path for folder, pattern in patterns for path in Path(folder).glob(pattern)]


def _postgres_version(path: Path) -> int:
    return int("".join(c for c in path.parent.parent.name if c.isdigit()) or 0)
