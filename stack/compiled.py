"""The services' own bytecode: compiled once per deployment, and trusted by its content alone.

Python trusts bytecode by time and size, and three quick edits of equal size once ran as the first
one. So what is written here is of PEP 552's other kind: checked, at each import, against a hash of
the source. What does not match is compiled from the source again, as if there were nothing here.
"""

import contextlib
import importlib.util
import py_compile
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from stack.deployment import files
from stack.home import write_atomically

_CHECKED_HASH = (0b11).to_bytes(4, "little")  # PEP 552: the hash is there, and is to be checked
_ROOT = "services-root"  # the file that says whose bytecode is kept: that of one tree at a time


def compile_services(services: Path, bytecode: Path) -> tuple[str, str] | None:
    """Compile what changed; return what `syntax_error` says.

    Where nothing can be written, the services compile for themselves, as they would without us.
    """
    with contextlib.suppress(OSError):
        _take_over(services, bytecode)
    return _first_unreadable(services, lambda path: _compile(path, compiled_file(path, bytecode)))


def syntax_error(services: Path) -> tuple[str, str] | None:
    """Return (file:line, what is wrong) of the first file that Python cannot even read.

    Told before anything is restarted: it takes milliseconds, and the sentence names the place.
    """
    return _first_unreadable(services, _read)


def compiled_file(path: Path, bytecode: Path) -> Path:
    """Return where Python looks for a file's bytecode under PYTHONPYCACHEPREFIX."""
    return (
        bytecode
        / path.parent.absolute().relative_to("/")
        / f"{path.stem}.{sys.implementation.cache_tag}.pyc"
    )


def _compile(path: Path, target: Path) -> None:
    source = path.read_bytes()
    if _is_of(source, target):
        return
    try:
        py_compile.compile(
            str(path),
            cfile=str(target),
            doraise=True,
            invalidation_mode=py_compile.PycInvalidationMode.CHECKED_HASH,
        )
    except py_compile.PyCompileError as error:
        raise error.exc_value from None
    except OSError:
        _read(path)


def _read(path: Path) -> None:
    compile(path.read_bytes(), str(path), "exec", dont_inherit=True)


def _first_unreadable(services: Path, read: Callable[[Path], None]) -> tuple[str, str] | None:
    for path in files(services):
        if path.suffix != ".py":
            continue
        where = path.relative_to(services.parent).as_posix()
        try:
            read(path)
        except SyntaxError as error:
            return f"{where}:{error.lineno}", error.msg
        except ValueError as error:  # a NUL byte
            return f"{where}:1", str(error)
    return None


def _is_of(source: bytes, target: Path) -> bool:
    """Whether `target` is this interpreter's bytecode of exactly this source."""
    try:
        with target.open("rb") as kept:
            head = kept.read(16)
    except OSError:
        return False
    made = importlib.util.MAGIC_NUMBER + _CHECKED_HASH + importlib.util.source_hash(source)
    return head == made


def _take_over(services: Path, bytecode: Path) -> None:
    """Move the bytecode of the tree that was deployed before here: most of it is the same.

    What is not the same is found out by its hash, and the name of the file that a traceback shows
    is corrected by the import system.
    """
    note, root = bytecode / _ROOT, str(services.absolute())
    before = note.read_text(encoding="utf-8") if note.exists() else root
    if before != root and before.startswith("/") and before.endswith("/services"):
        new = bytecode / Path(root).relative_to("/")
        shutil.rmtree(new, ignore_errors=True)
        new.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            (bytecode / Path(before).relative_to("/")).rename(new)
    if before != root or not note.exists():
        bytecode.mkdir(parents=True, exist_ok=True)
        write_atomically(note, root)
