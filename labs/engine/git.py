"""Running git without the surroundings leaking in: no user configuration, no outer repository."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from stack.trouble import Trouble

_SETTINGS = (
    "user.name=Short Circuit",
    "user.email=lab@shortcircuit.example",
    "commit.gpgsign=false",
    "core.autocrlf=false",
    "core.hooksPath=/dev/null",
    "core.quotePath=false",
    "safe.directory=*",
    "init.defaultBranch=main",
)


class GitError(Exception):
    """Git refused; the text is what it said."""


def git(*arguments: str, cwd: Path, index: Path | None = None, stdin: bytes | None = None) -> str:
    """Run one git command in `cwd` and return what it printed."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    # LAB_HOME usually lies inside this project's own repository; `git apply` in a folder of an
    # outer repository silently skips every path, so git must not find that one.
    environment |= {
        "GIT_CEILING_DIRECTORIES": str(cwd.resolve().parent),
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_NOSYSTEM": "1",
        "LC_ALL": "C",
    }
    if index is not None:
        environment["GIT_INDEX_FILE"] = str(index)
    settings = [part for setting in _SETTINGS for part in ("-c", setting)]
    try:
        done = subprocess.run(  # noqa: S603
            ["git", *settings, *arguments],  # noqa: S607
            cwd=cwd,
            env=environment,
            input=stdin,
            capture_output=True,
            check=False,
        )
    except FileNotFoundError as error:
        raise Trouble("git is not installed; labs need it.", "./lab doctor") from error
    if done.returncode != 0:
        raise GitError(done.stderr.decode(errors="replace").strip())
    return done.stdout.decode(errors="replace")
