"""The folders of runs: a fresh one, the newest ones kept, verdicts written and read."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stack.home import Home, write_atomically
from stack.trouble import Trouble

KEPT = 60


def new_run(home: Home, variant: str, number: int) -> Path:
    """Make the folder of a new run; its name sorts by time and says what ran."""
    stamp = time.strftime("%Y%m%d-%H%M%S")
    what = variant.replace("/", "-")
    home.make()
    for again in range(100):
        name = f"{stamp}-{number:02}-{what}" + (f"-{again}" if again else "")
        folder = home.runs / name
        try:
            folder.mkdir()
        except FileExistsError:
            continue
        except OSError as error:
            said = f"{home.runs} cannot be written: {error.strerror}."
            raise Trouble(said, "df -h .") from error
        return folder
    raise Trouble(f"{home.runs} already has a hundred runs of this second.", "./lab check")


def forget_old(home: Home, kept: int = KEPT, pinned: frozenset[str] = frozenset()) -> None:
    """Remove all but the newest runs and those that something still refers to."""
    folders = sorted(path for path in home.runs.glob("*") if path.is_dir())
    for folder in folders[:-kept] if kept else folders:
        if folder.name not in pinned:
            shutil.rmtree(folder, ignore_errors=True)


def write_verdict(folder: Path, verdict: Mapping[str, Any]) -> None:
    """Write verdict.json; it is there whole or not at all."""
    write_atomically(folder / "verdict.json", json.dumps(verdict, indent=1) + "\n")


def write_plan(folder: Path, plan: Mapping[str, Any]) -> None:
    """Write plan.json; again when the start of the timeline is known."""
    write_atomically(folder / "plan.json", json.dumps(plan, indent=1) + "\n")


def read_verdict(folder: Path) -> dict[str, Any]:
    """Read verdict.json; empty when the run has none."""
    try:
        read = json.loads((folder / "verdict.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return read if isinstance(read, dict) else {}
