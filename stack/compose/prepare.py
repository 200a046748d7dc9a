"""`python -m stack.compose.prepare`: what servers read at their start, written before they start.

A container that runs once. As root with three capabilities it gives a workspace that the engine has
just made to the account that everything runs under, then becomes that account itself.
"""

import asyncio
import os
from pathlib import Path

from stack.components.kafka import configure
from stack.components.postgres import CONFIGURATION, SUPERUSER
from stack.components.prometheus import Prometheus
from stack.compose import ports
from stack.compose.components import ComposeEdge
from stack.deployment import Deployment
from stack.home import Home

ROOT = 0


def main() -> None:
    """Give folders away, step down, write."""
    home = Home.find()
    if os.geteuid() == ROOT:
        _step_down(home)
    ports.write(home)
    for name in ("otlp-token", "sink-control", "warden-token", "lab-run", "jwt"):
        home.secret(name)
    _for_servers(home)
    asyncio.run(_configure(home))


def _step_down(home: Home) -> None:
    """Own what Docker made as root, then be nobody special."""
    uid, gid = int(os.environ["LAB_UID"]), int(os.environ["LAB_GID"])
    for folder in (home.path, *home.path.iterdir()):
        if folder.stat().st_uid != uid and folder.is_dir():
            os.chown(folder, uid, gid)
    hands = Path("/hands")
    hands.chmod(0o1777)
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def _for_servers(home: Home) -> None:
    """Lay the two secrets that containers need where they can read them, and nothing else."""
    home.data("").mkdir(parents=True, exist_ok=True)
    for name in (f"postgres-{SUPERUSER}", "otlp-token"):
        file = home.data("secrets") / name
        file.parent.mkdir(exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(home.secret(name))


async def _configure(home: Home) -> None:
    configure(home)
    await Prometheus(home).prepare()
    await ComposeEdge(home, Deployment()).write()
    folder = home.data("postgres")
    folder.mkdir(exist_ok=True)
    # The official image makes the cluster through a socket in the usual place.
    text = CONFIGURATION.replace("directories = ''", "directories = '/var/run/postgresql'")
    (folder / "postgresql.conf").write_text(text.format(port=home.port("postgres")))


if __name__ == "__main__":
    main()
