"""What is missing, what it costs, and whether we may install it here."""

import importlib.util
import os
import shutil
import sys
from pathlib import Path

from stack.installing.venv import Environment
from stack.system import Program
from stack.trouble import Trouble

DATA_MB = 150  # a cluster, metrics and logs of the first evening
MEMORY_MB = 700


def may_install() -> bool:
    """Whether system packages can be installed from here: Debian or Ubuntu, as root."""
    return shutil.which("apt-get") is not None and os.geteuid() == 0


class Plan:
    """Everything that is about to be installed."""

    def __init__(self, programs: list[Program], environment: Environment) -> None:
        self.programs = programs
        self.environment = environment
        # Debian ships Python without what `python -m venv` needs.
        self.needs_ensurepip = (
            environment.needed
            and not environment.exists
            and importlib.util.find_spec("ensurepip") is None
        )

    @property
    def is_empty(self) -> bool:
        """Whether everything is there."""
        return not self.environment.needed and not any(p.required for p in self.programs)

    @property
    def can_install(self) -> bool:
        """Whether system packages can be installed from here: Debian or Ubuntu, as root."""
        return may_install()

    @property
    def disk_mb(self) -> int:
        """Room that it takes when it is done."""
        python = self.environment.disk_mb if self.environment.needed else 0
        return sum(p.disk_mb for p in self.programs) + python + DATA_MB

    def text(self) -> str:
        """Return what is shown before anything happens."""
        lines = ["Short Circuit needs, and does not find:"]
        lines += [f"  {p.package:<14} {p.why} (system package)" for p in self.programs]
        if self.needs_ensurepip:
            lines.append("  python3-venv   for the environment below (system package)")
        if self.environment.needed:
            count, where = self.environment.packages(), self.environment.path
            lines.append(f"  {count} Python packages, by hash, into {where}")
        download = sum(p.download_mb for p in self.programs)
        download += self.environment.download_mb if self.environment.needed else 0
        lines.append(
            f"About {download} MB to download, {self.disk_mb} MB on disk; "
            f"the running stack takes about {MEMORY_MB} MB of memory."
        )
        if self.programs and self.can_install:
            lines.append(
                "No system service is started or enabled. `./lab uninstall` says how to undo it."
            )
        return "\n".join(lines)

    def command(self) -> str:
        """Return the exact command for somebody who may install packages."""
        if sys.platform == "darwin":
            names = " ".join(p.brew for p in self.programs)
            return f"brew install {names}   (macOS: not tested here)"
        names = " ".join(p.package for p in self.programs)
        names += " python3-venv" if self.needs_ensurepip else ""
        if shutil.which("apt-get"):
            return f"sudo apt-get install -y --no-install-recommends {names.strip()}"
        return f"install, with your system's package manager: {names.strip()}"

    def check_disk(self, folder: Path) -> None:
        """Refuse before the disk is full rather than after."""
        free = shutil.disk_usage(folder).free // 1_000_000
        if free < self.disk_mb:
            raise Trouble(
                f"{self.disk_mb} MB are needed in {folder}, and {free} MB are free.",
                "LAB_HOME=/somewhere/larger ./lab",
            )
