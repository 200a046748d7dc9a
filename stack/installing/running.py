"""Running an installer: its lines become progress, its failure becomes one sentence."""

import os
import subprocess
from collections import deque
from collections.abc import Callable, Mapping, Sequence

from stack.trouble import Trouble

# What installers say, and what a person can do about it. The first that fits is told.
_CAUSES = (
    (
        ("No space left on device", "not enough free space", "You don't have enough free space"),
        "the disk is full",
        "df -h",
    ),
    (
        (
            "Temporary failure resolving",
            "Temporary failure in name resolution",
            "Could not resolve",
            "Could not connect",
            "Connection refused",
            "NewConnectionError",
            "ConnectTimeout",
            "Network is unreachable",
            "Failed to fetch",
        ),
        "there is no way to the network",
        "./lab (again, when the network is back)",
    ),
    (("Permission denied", "are you root"), "permission was denied", "ls -ld .lab"),
    (("Could not get lock",), "another installer is running", "./lab (again, when it is done)"),
)


def run(
    argv: Sequence[str],
    env: Mapping[str, str],
    heard: Callable[[str], None],
    what: str,
) -> None:
    """Run an installer; Trouble with its cause when it fails."""
    last: deque[str] = deque(maxlen=40)
    try:
        with subprocess.Popen(  # noqa: S603 - our own command
            argv,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as process:
            for line in process.stdout or ():
                if line.strip():
                    last.append(line.strip())
                    heard(line.strip())
    except OSError as error:
        raise Trouble(f"{what} could not be installed: {error}.", "./lab doctor") from error
    if process.returncode != 0:
        raise why("\n".join(last), what)


def why(said: str, what: str) -> Trouble:
    """Return the sentence for what an installer said."""
    for words, cause, following in _CAUSES:
        if any(word in said for word in words):
            return Trouble(f"{what} could not be installed: {cause}.", following)
    lines = [line for line in said.splitlines() if line.lower().startswith(("e:", "error"))]
    told = lines[-1] if lines else (said.splitlines() or ["it said nothing"])[-1]
    return Trouble(f"{what} could not be installed: {told}", "./lab (it goes on where it stopped)")


def clean_env() -> dict[str, str]:
    """Return the caller's environment without what would lead an installer astray."""
    left_out = ("PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "PYTHONHOME", "PIP_USER", "PIP_TARGET")
    return {key: value for key, value in os.environ.items() if key not in left_out}
