"""How much of this machine a process may see and do.

Servers such as PostgreSQL refuse to run as root, and the learner's code has no business in the
lab's secrets or progress. As root both are put into a user namespace: outside it their files stay
ours (so a clone under a 0700 home works), inside it they are nobody. BLIND adds a mount namespace
in which LAB_HOME holds nothing but the interpreter and the code to run.

Where the kernel refuses user namespaces (in a chroot, for one), root's components run under another
account, and a folder on the way that this account may not enter is replaced, for them alone, by one
that holds only what they need. Where mounting is refused too, they must be able to get there.
"""

import ctypes
import enum
import functools
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from stack import runtime

NOBODY = 65534
_DIES = ("setpriv", "--pdeathsig", "KILL", "--")


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
    if walls is Walls.NONE or sys.platform != "linux" or runtime.in_compose():
        return command
    if os.geteuid() == 0:
        command = (*_as_somebody_else(), *command)
    elif walls is Walls.BLIND and _mounts_work():
        command = (*_namespace(os.getuid(), os.getgid()), *_DIES, *command)
    if not _mounts_work():
        return command
    wall, base = home / "run" / "wall", Path(sys.base_prefix)
    if walls is Walls.BLIND:
        command = _replaced(command, home, wall, cwd, [*visible, cwd, base])
    closed = _closed_folders([home, cwd, base]) if runs_as_stranger() else []
    if closed:
        command = _replaced(command, closed[0], wall, cwd, [home, cwd, base])
    return command


def describe() -> str:
    """Say in words how components are kept apart on this machine."""
    if sys.platform != "linux":
        return "none: namespaces are a Linux feature"
    mounts = "and mount namespaces" if _mounts_work() else "without mount namespaces"
    if os.geteuid() != 0:
        return f"the caller's own user {mounts}"
    who = "user namespaces" if _namespace_works() else f"the account {stranger().pw_name}"
    return f"{who} {mounts}"


def cannot_enter(path: Path) -> str:
    """Return the account that may not enter `path` and would have to; empty when all is well."""
    if not runs_as_stranger() or _mounts_work() or not _closed_folders([path]):
        return ""
    return stranger().pw_name


def runs_as_stranger() -> bool:
    """Whether unprivileged components run under another uid, outside as well as inside."""
    return sys.platform == "linux" and os.geteuid() == 0 and not _namespace_works()


def give_away(*paths: Path) -> None:
    """Make files belong to the account that needs them, where that is another one."""
    if not runs_as_stranger():
        return
    account = stranger()
    for path in paths:
        for entry in (path, *path.rglob("*")):
            os.chown(entry, account.pw_uid, account.pw_gid, follow_symlinks=False)


def stranger() -> pwd.struct_passwd:
    """Return the account that root's unprivileged components fall back to."""
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    return pwd.getpwuid(os.getuid())


def _as_somebody_else() -> tuple[str, ...]:
    if _namespace_works():
        return (*_namespace(NOBODY, NOBODY), *_DIES)
    account = stranger()
    ids = (f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups")
    return ("setpriv", *ids, *_DIES[1:])


def _replaced(
    command: tuple[str, ...], top: Path, wall: Path, cwd: Path, shown: Sequence[Path]
) -> tuple[str, ...]:
    wall.mkdir(parents=True, exist_ok=True)
    inside = {str(path) for path in shown if path.is_relative_to(top) and path.is_dir()}
    if str(top) in inside:
        return command
    # A folder whose parent is shown too comes later, and lies inside it already.
    paths = [p for p in sorted(inside) if not any(Path(q) in Path(p).parents for q in inside)]
    # As text, not by its path: the file may be out of sight when a second wall goes up.
    program = Path(__file__).with_name("enclose.py").read_text()
    enclose = (sys.executable, "-I", "-S", "-B", "-c", program)
    words = (str(top), str(wall), str(cwd), str(len(paths)), *paths)
    # Mounting needs root's rights, if only within a namespace of one's own.
    first = () if os.geteuid() == 0 else ("unshare", "--user", "--map-root-user", "--")
    return (*first, *enclose, *words, *command)


def _namespace(uid: int, gid: int) -> tuple[str, ...]:
    return ("unshare", "--user", f"--map-user={uid}", f"--map-group={gid}", "--")


@functools.cache
def _namespace_works() -> bool:
    return _runs((*_namespace(NOBODY, NOBODY), *_DIES, "true"))


@functools.cache
def _mounts_work() -> bool:
    """Try the real thing on a folder of no importance, and that nobody else sees the mounts.

    In a chroot the mounts may be shared with the system around it, and cannot be made private.
    """
    with tempfile.TemporaryDirectory(prefix="lab-walls-") as name:
        top = Path(name)
        (top / "shown").mkdir()
        (top / "wall").mkdir()
        who = _namespace(os.getuid(), os.getgid()) if os.geteuid() != 0 else ()
        worked = _runs(_replaced((*who, "true"), top, top / "wall", top / "shown", [top / "shown"]))
        leaked = name in Path("/proc/self/mountinfo").read_text()
        if leaked:
            ctypes.CDLL(None).umount2(os.fsencode(top / "wall"), 0)
        return worked and not leaked


def _runs(argv: Sequence[str]) -> bool:
    if shutil.which(argv[0]) is None:
        return False
    return subprocess.run(argv, capture_output=True, check=False).returncode == 0  # noqa: S603


def _closed_folders(paths: Sequence[Path]) -> list[Path]:
    """Return the folders on the way that the other account may not enter, outermost first."""
    account = stranger()
    closed = []
    for folder in {folder for path in paths for folder in (path, *path.parents)}:
        entry = folder.stat()
        own = entry.st_uid == account.pw_uid and entry.st_mode & 0o100
        if not (own or entry.st_mode & 0o001):
            closed.append(folder)
    return sorted(closed, key=lambda folder: len(folder.parts))
