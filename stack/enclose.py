"""Run a command that sees another folder in place of one: `enclose.py TOP WALL START COUNT ...`.

TOP is replaced, for this command alone, by a folder that holds only the COUNT folders named next.
It is put together out of sight, at WALL, and then moved over TOP. A program of its own, because the
`mount` command is missing on small systems; it becomes the command, so nothing of it stays behind.
"""

import ctypes
import os
import sys
from pathlib import Path

_NEW_MOUNT_NAMESPACE = 0x00020000
_BIND, _MOVE, _RECURSIVE, _PRIVATE = 0x1000, 0x2000, 0x4000, 0x40000

_libc = ctypes.CDLL(None, use_errno=True)


def main() -> None:
    """Replace the folder, then become the command."""
    top, wall, start = sys.argv[1:4]
    count = int(sys.argv[4])
    shown, command = sys.argv[5 : 5 + count], sys.argv[5 + count :]
    os.umask(0o022)
    _checked(_libc.unshare(_NEW_MOUNT_NAMESPACE), "unshare")
    # In a chroot there is no mount to say this of; `walls` has tried whether it matters.
    _libc.mount(None, b"/", None, _RECURSIVE | _PRIVATE, None)
    _mount("wall", wall, 0, kind=b"tmpfs", options=b"size=1m,mode=755")
    for folder in shown:
        place = Path(wall + folder.removeprefix(top))
        place.mkdir(parents=True, exist_ok=True)
        _mount(folder, str(place), _BIND)
    _mount(wall, top, _MOVE)
    os.chdir(start)
    os.execvp(command[0], command)  # noqa: S606 - a list of words, no shell


def _mount(
    what: str, where: str, flags: int, *, kind: bytes | None = None, options: bytes | None = None
) -> None:
    done = _libc.mount(os.fsencode(what), os.fsencode(where), kind, flags, options)
    _checked(done, f"mount {what} at {where}")


def _checked(result: int, what: str) -> None:
    if result != 0:
        sys.exit(f"{what}: {os.strerror(ctypes.get_errno())}")


if __name__ == "__main__":
    main()
