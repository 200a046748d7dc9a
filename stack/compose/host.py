"""`./lab --on compose ...`, outside the containers: bring them up, and pass the verb on.

Every verb is the console container's own `lab`; only what concerns the containers themselves (`up`,
`down`) is done here. With Docker alone, `docker compose exec console lab ...` is the same.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence

from stack.home import CHECKOUT
from stack.trouble import Trouble

UP_WITHIN_S = 300
ALL_BUT_THE_PROFILES: tuple[str, ...] = ()


def run(words: Sequence[str], only: Sequence[str] = ALL_BUT_THE_PROFILES) -> int:
    """Run one verb on the containers and return its exit code; `only` names what to start."""
    compose = command()
    if list(words[:1]) == ["down"]:
        return _call([*compose, "down", *words[1:]])
    if not console_is_healthy(compose):
        bring_up(compose, only)
    if list(words) == ["up"]:
        print("Up: ./lab --on compose status says what runs, and `down` stops it.")
        return 0
    terminal = [] if sys.stdin.isatty() and sys.stdout.isatty() else ["-T"]
    return _call([*compose, "exec", *terminal, "console", "lab", *words])


def ask(words: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run one verb on the containers and return what it said; they are brought up if need be."""
    compose = command()
    if not console_is_healthy(compose):
        bring_up(compose)
    asked = [*compose, "exec", "-T", "console", "lab", *words]
    return subprocess.run(  # noqa: S603
        asked, cwd=CHECKOUT, env=environment(), capture_output=True, text=True, check=False
    )


def command() -> list[str]:
    """Return Compose v2 where Docker has it, docker-compose where it has not."""
    for words in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(words[0]) is None:
            continue
        tried = subprocess.run([*words, "version"], capture_output=True, check=False)  # noqa: S603
        if tried.returncode == 0:
            if _answers():
                return words
            raise Trouble("Docker's engine does not answer.", "systemctl start docker")
    raise Trouble("There is no docker compose on this machine.", "./lab up (needs no Docker)")


def bring_up(compose: Sequence[str], only: Sequence[str] = ()) -> None:
    """Start the containers, and wait until the console says that all is well."""
    (CHECKOUT / "workspace").mkdir(exist_ok=True)  # or the engine makes it, as root
    if _call([*compose, "up", "-d", *only]) != 0:
        raise Trouble("The containers do not start (why stands above).", "docker compose logs")
    waited = [*compose, "exec", "-T", "console", "python3", "-c", _WAIT]
    if _call(waited) != 0:
        raise Trouble("The stack is not ready in its containers.", "docker compose logs console")


def console_is_healthy(compose: Sequence[str]) -> bool:
    """Whether the console runs and says that everything is ready."""
    asked = [*compose, "exec", "-T", "console", "/opt/venv/bin/python", *_HEALTHY]
    done = subprocess.run(asked, cwd=CHECKOUT, env=environment(), capture_output=True, check=False)  # noqa: S603
    return done.returncode == 0


def environment() -> dict[str, str]:
    """Return ours, with the account that files in workspace/ shall belong to."""
    account = {"LAB_UID": os.getuid(), "LAB_GID": os.getgid()}
    named = {key: str(number or 1000) for key, number in account.items()}
    return named | os.environ


def _answers() -> bool:
    return subprocess.run(["docker", "info"], capture_output=True, check=False).returncode == 0  # noqa: S607


def _call(words: Sequence[str]) -> int:
    return subprocess.run(words, cwd=CHECKOUT, env=environment(), check=False).returncode  # noqa: S603


_HEALTHY = ("-m", "stack.compose.console", "--healthy")
_WAIT = f"""
import subprocess, sys, time
until = time.monotonic() + {UP_WITHIN_S}
while subprocess.call(("/opt/venv/bin/python", *{_HEALTHY!r})):
    if time.monotonic() > until:
        sys.exit(1)
    time.sleep(1)
"""
