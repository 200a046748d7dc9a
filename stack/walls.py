"""How much of this machine a process may see and do.

Servers such as PostgreSQL refuse to run as root, and the learner's code has no business in the
lab's secrets or progress. As root both are put into a user namespace: outside it their files stay
ours (so a clone under a 0700 home works), inside it they are nobody. BLIND adds a mount namespace
in which LAB_HOME holds nothing but the interpreter and the code to run. Where the kernel refuses
namespaces, PostgreSQL and the services run under a uid of their own, or as the caller when that is
impossible.
"""

import enum
import functools
import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

NOBODY = 65534
_DIES = ("setpriv", "--pdeathsig", "KILL", "--")

# $1 LAB_HOME, $2 where to start, $3 how many folders stay visible, then those, then the command.
# A new LAB_HOME is put together out of sight and then moved over the real one.
_BLIND = """set -e
home=$1 start=$2 count=$3; shift 3
wall=$home/run/wall; mount -t tmpfs -o size=1m,mode=755 wall "$wall"
while [ "$count" -gt 0 ]; do
  mkdir -p "$wall${1#"$home"}"; mount --bind "$1" "$wall${1#"$home"}"; shift; count=$((count-1))
done
mount -o remount,ro "$wall" 2>/dev/null || true
mount --move "$wall" "$home"; cd "$start"
exec "$@"
"""


class Walls(enum.Enum):
    """What a component is kept from."""

    NONE = "none"
    UNPRIVILEGED = "unprivileged"
    BLIND = "blind"


def build(
    walls: Walls, argv: Sequence[str], *, home: Path, cwd: Path, visible: Sequence[Path] = ()
) -> tuple[str, ...]:
    """Return the command that runs `argv` behind the walls, as far as this machine allows."""
    command = tuple(argv)
    if walls is Walls.NONE or sys.platform != "linux":
        return command
    if walls is Walls.BLIND and _mounts_work():
        return _blind(command, home, cwd, visible)
    if os.geteuid() != 0:
        return command
    if _namespace_works():
        return (*_namespace(NOBODY, NOBODY), *_DIES, *command)
    if _reaches(cwd) and _reaches(home):
        ids = f"{stranger().pw_uid}", f"{stranger().pw_gid}"
        drop = ("setpriv", f"--reuid={ids[0]}", f"--regid={ids[1]}", "--clear-groups")
        return (*drop, *_DIES[1:3], "--", *command)
    return command


def describe() -> str:
    """Say in words how components are kept apart on this machine."""
    if sys.platform != "linux":
        return "none: namespaces are a Linux feature"
    if _mounts_work():
        return "user and mount namespaces"
    if os.geteuid() != 0:
        return "the caller's own user; this kernel refuses mount namespaces"
    return "user namespaces" if _namespace_works() else f"a uid of its own ({stranger().pw_name})"


def owns_files_as_stranger() -> bool:
    """Whether unprivileged components run under another uid and so need their files given."""
    return sys.platform == "linux" and os.geteuid() == 0 and not _namespace_works()


def stranger() -> pwd.struct_passwd:
    """Return the account that root's unprivileged components fall back to."""
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    return pwd.getpwuid(os.getuid())


def _blind(
    command: tuple[str, ...], home: Path, cwd: Path, visible: Sequence[Path]
) -> tuple[str, ...]:
    (home / "run" / "wall").mkdir(parents=True, exist_ok=True)
    inside = [str(path) for path in visible if path.is_relative_to(home) and path.is_dir()]
    root = os.geteuid() == 0
    outer = ("unshare", "--mount") if root else ("unshare", "--user", "--map-root-user", "--mount")
    ids = (NOBODY, NOBODY) if root else (os.getuid(), os.getgid())
    script = ("sh", "-c", _BLIND, "wall", str(home), str(cwd), str(len(inside)), *inside)
    return (*outer, "--propagation", "private", *script, *_namespace(*ids), *_DIES, *command)


def _namespace(uid: int, gid: int) -> tuple[str, ...]:
    return ("unshare", "--user", f"--map-user={uid}", f"--map-group={gid}", "--")


@functools.cache
def _namespace_works() -> bool:
    return _runs((*_namespace(NOBODY, NOBODY), *_DIES, "true"))


@functools.cache
def _mounts_work() -> bool:
    root = os.geteuid() == 0
    outer = ("unshare", "--mount") if root else ("unshare", "--user", "--map-root-user", "--mount")
    ids = (NOBODY, NOBODY) if root else (os.getuid(), os.getgid())
    inner = " ".join((*_namespace(*ids), *_DIES, "true"))
    return _runs((*outer, "sh", "-c", f"mount -t tmpfs wall /mnt && exec {inner}"))


def _runs(argv: Sequence[str]) -> bool:
    if shutil.which(argv[0]) is None:
        return False
    return subprocess.run(argv, capture_output=True, check=False).returncode == 0  # noqa: S603


def _reaches(path: Path) -> bool:
    """Whether the fallback account can enter every folder on the way to `path`."""
    account = stranger()
    for folder in (path, *path.parents):
        entry = folder.stat()
        may = entry.st_mode & 0o001 or (entry.st_uid == account.pw_uid and entry.st_mode & 0o100)
        if not may:
            return False
    return True
