"""Who wants to know how far a run is, and may end it: nobody, a terminal, `watch`, `verify`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class Cancelled(Exception):  # noqa: N818 - somebody wanted it so
    """The run was ended before its time, and has no verdict."""


@dataclass
class Audience:
    """Who wants to know how far a run is; the default is nobody."""

    stage: Callable[[str], None] = lambda _words: None
    draw: Callable[[Mapping[str, Any], Path], AbstractContextManager[object]] = lambda _p, _f: (
        nullcontext()
    )
    tick: Callable[[Path, float], bool] = lambda _folder, _now_s: False  # True: it is lost already
