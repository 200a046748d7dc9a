"""Which code is this process running? A hash over the deployed files answers without trust."""

import hashlib
from pathlib import Path


def code_hash(root: Path) -> str:
    """Twelve hex digits over every file under `root`, by path and content.

    The paths hashed start with the name of `root` itself ("services/..."): what counts is what
    stands in the tree, so bytecode is left out and the order is that of the POSIX paths.
    """
    digest = hashlib.sha256()
    for name, path in _files(root):
        digest.update(name.encode() + b"\0")
        digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def _files(root: Path) -> list[tuple[str, Path]]:
    found = (path for path in root.rglob("*") if path.is_file())
    return sorted(
        (path.relative_to(root.parent).as_posix(), path)
        for path in found
        if "__pycache__" not in path.parts and path.suffix != ".pyc"
    )
