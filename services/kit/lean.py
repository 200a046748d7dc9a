"""Imports without the extras that a library takes along wherever it finds them."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without(*extras: str) -> Iterator[None]:
    """Let these packages look absent to whatever is imported inside; one in use stays."""
    hidden = [name for name in extras if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type] # None: not to be had
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]
