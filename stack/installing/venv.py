"""The Python environment: exactly the locked packages, by hash."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from stack.home import Home
from stack.installing.running import clean_env, run
from stack.interpreter import fill_bytecode


class Environment:
    """LAB_HOME/venv and the lock that it was made from."""

    download_mb = 75
    disk_mb = 320

    def __init__(self, home: Home, lock: Path) -> None:
        self.home = home
        self.path = home.path / "venv"
        self.lock = lock
        self.stamp = self.path / "run.lock"

    @property
    def exists(self) -> bool:
        """Whether there is an interpreter that runs."""
        return (self.path / "bin" / "python").exists() and (self.path / "pyvenv.cfg").exists()

    @property
    def needed(self) -> bool:
        """Whether it is missing, or was made from another lock."""
        try:
            return not self.exists or self.stamp.read_bytes() != self.lock.read_bytes()
        except FileNotFoundError:
            return True

    def packages(self) -> int:
        """Return how many packages are locked."""
        return sum("==" in line and not line.startswith((" ", "#")) for line in self._lines())

    def make(self, says: Callable[[str], None]) -> None:
        """Create it and install; the stamp is written last, so a half-made one is made again."""
        env = clean_env() | {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PYTHONWARNINGS": "ignore"}
        if not (self.path / "bin" / "pip").exists():
            says("making the environment")
            shutil.rmtree(self.path, ignore_errors=True)
            run((sys.executable, "-m", "venv", str(self.path)), env, says, "The environment")
        self.stamp.unlink(missing_ok=True)
        heard = _Pip(self.packages(), says)
        python = str(self.path / "bin" / "python")
        # Everything is in the lock, so there is nothing to resolve.
        options = ("--no-deps", "--no-input", "--require-hashes", "--progress-bar", "off")
        argv = (python, "-m", "pip", "install", *options, "-r", str(self.lock))
        run(argv, env, heard, "The Python packages")
        self.stamp.write_bytes(self.lock.read_bytes())
        says("compiling")
        fill_bytecode(self.home)
        says("done")

    def _lines(self) -> list[str]:
        return self.lock.read_text().splitlines()


class _Pip:
    """Turns pip's lines into `12 of 95`."""

    def __init__(self, total: int, says: Callable[[str], None]) -> None:
        self.total, self.says, self.seen = total, says, 0

    def __call__(self, line: str) -> None:
        if line.startswith(("Collecting ", "Requirement already satisfied")):
            self.seen += 1
            self.says(f"{self.seen} of {self.total} packages")
        elif line.startswith("Installing collected packages"):
            self.says(f"unpacking {self.total} packages")
