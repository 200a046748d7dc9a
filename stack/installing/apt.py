"""System packages on Debian and Ubuntu, leaving every service of the machine as it was.

Two guards stand while packages are installed and are taken away afterwards: `policy-rc.d` keeps
new services from being started, and a createcluster snippet keeps PostgreSQL's package from making
a cluster of its own. Units that our packages enabled are disabled again; what was there before is
not touched.
"""

import contextlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

from stack.home import Home, write_atomically
from stack.installing.running import clean_env, run
from stack.trouble import Trouble

_OURS = "# Short Circuit put this here while it installs packages, and takes it away."
_POLICY = Path("/usr/sbin/policy-rc.d")
_CLUSTER = Path("/etc/postgresql-common/createcluster.d/short-circuit.conf")
_WANTS = Path("/etc/systemd/system")
_OPTIONS = (
    "-y",
    "--no-install-recommends",
    "--no-upgrade",
    "-oDpkg::Options::=--force-confdef",
    "-oDpkg::Options::=--force-confold",
    "-oDpkg::Use-Pty=0",
    "-oDPkg::Lock::Timeout=120",
    "-oAcquire::Retries=2",
)


class Apt:
    """apt-get, with the guards."""

    def __init__(self, home: Home, says: Callable[[str], None]) -> None:
        self.home = home
        self.says = says

    def install(self, packages: list[str]) -> None:
        """Install packages and remember which ones are new on this machine."""
        before, enabled = _installed(), _enabled()
        try:
            with _guards():
                self._fetch_lists(packages)
                try:
                    self._apt("install", *packages)
                except Trouble:
                    # Lists that are weeks old name packages that are gone.
                    self._apt("update")
                    self._apt("install", *packages)
        finally:
            self._disable(_enabled() - enabled)
            self._remember(sorted(_installed() - before))
        self.says("done")

    def _fetch_lists(self, packages: list[str]) -> None:
        show = subprocess.run(  # noqa: S603
            ("apt-cache", "policy", *packages),  # noqa: S607
            env=_env(),
            capture_output=True,
            text=True,
            check=False,
        )
        if show.stdout.count("Candidate:") - show.stdout.count("Candidate: (none)") < len(packages):
            self._apt("update")

    def _apt(self, verb: str, *packages: str) -> None:
        self.says("fetching the lists of packages" if verb == "update" else "fetching")
        options = _OPTIONS if verb == "install" else _OPTIONS[-2:]
        run(("apt-get", verb, *options, *packages), _env(), self._heard, "The system packages")
        if verb == "update" and _lists_are_empty():
            raise Trouble(
                "The system packages could not be installed: there is no way to the network.",
                "./lab (again, when the network is back)",
            )

    def _heard(self, line: str) -> None:
        words = line.split()
        if line.startswith("Get:") and len(words) > 4:
            self.says(f"fetching {words[4]}")
        elif line.startswith("Unpacking "):
            self.says(f"unpacking {words[1]}")
        elif line.startswith("Setting up "):
            self.says(f"setting up {words[2]}")

    def _disable(self, units: set[str]) -> None:
        for name in sorted(units):
            unit = Path(name).name
            if shutil.which("systemctl"):
                _quietly("systemctl", "--no-reload", "disable", unit)
            (_WANTS / name).unlink(missing_ok=True)
            service = unit.removesuffix(".service")
            if shutil.which("update-rc.d") and Path(f"/etc/init.d/{service}").exists():
                _quietly("update-rc.d", service, "disable")

    def _remember(self, added: list[str]) -> None:
        path = self.home.path / "installed.json"
        known: list[str] = []
        with contextlib.suppress(FileNotFoundError, ValueError, KeyError):
            known = json.loads(path.read_text())["packages"]
        everything = sorted({*known, *added})
        write_atomically(path, json.dumps({"packages": everything}, indent=1) + "\n")


@contextlib.contextmanager
def _guards() -> Iterator[None]:
    """Keep services from starting and clusters from being made, then take the guards away."""
    placed = []
    for path, text, mode in (
        (_POLICY, f"#!/bin/sh\n{_OURS}\nexit 101\n", 0o755),
        (_CLUSTER, f"{_OURS}\ncreate_main_cluster = false\n", 0o644),
    ):
        if path.exists() and _OURS not in path.read_text(errors="replace"):
            continue  # the machine's own rule, and it stays
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)
        placed.append(path)
    try:
        yield
    finally:
        for path in placed:
            path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            _CLUSTER.parent.rmdir()
            _CLUSTER.parent.parent.rmdir()


def _quietly(*argv: str) -> None:
    subprocess.run(argv, env=_env(), capture_output=True, check=False)  # noqa: S603


def _installed() -> set[str]:
    asked = ("dpkg-query", "-W", "-f=${db:Status-Status} ${Package}\n")
    answer = subprocess.run(asked, env=_env(), capture_output=True, text=True, check=False)  # noqa: S603
    lines = (line.split(" ", 1) for line in answer.stdout.splitlines())
    return {name for status, name in lines if status == "installed"}


def _enabled() -> set[str]:
    """Return the links that start units at boot, relative to systemd's folder."""
    links = (p for p in _WANTS.rglob("*") if p.is_symlink() and str(p.readlink()) != os.devnull)
    return {path.relative_to(_WANTS).as_posix() for path in links}


def _lists_are_empty() -> bool:
    return not any(Path("/var/lib/apt/lists").glob("*_Packages*"))


def _env() -> dict[str, str]:
    """Return an environment in which no package asks questions or restarts other services."""
    quiet = {"DEBIAN_FRONTEND": "noninteractive", "NEEDRESTART_SUSPEND": "1", "LC_ALL": "C"}
    return clean_env() | quiet | {"APT_LISTCHANGES_FRONTEND": "none"}
