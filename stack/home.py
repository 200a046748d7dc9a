"""One LAB_HOME: where things lie, which ports they have, and the secrets between them.

Everything that a running stack needs to remember stands in one folder, so that two checkouts can
run side by side and `rm -rf .lab` leaves nothing behind.
"""

import contextlib
import fcntl
import json
import os
import secrets
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from stack.trouble import Trouble

LOOPBACK = "127.0.0.1"
DATABASE = "shortener"
CHECKOUT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Home:
    """The folder that one lab environment lives in."""

    path: Path
    checkout: Path = CHECKOUT
    workspace_override: Path | None = None

    @classmethod
    def find(cls, environ: Mapping[str, str] = os.environ) -> "Home":
        """Return the home that LAB_HOME names, or `.lab` in the checkout."""
        named = environ.get("LAB_HOME")
        path = Path(named).expanduser() if named else CHECKOUT / ".lab"
        override = environ.get("LAB_WORKSPACE")
        workspace = Path(override).expanduser().absolute() if override else None
        return cls(path.absolute(), workspace_override=workspace)

    @property
    def workspace(self) -> Path:
        """The learner's project: beside the checkout's code, unless this home is a second one."""
        if self.workspace_override is not None:
            return self.workspace_override
        beside = self.path == self.checkout / ".lab"
        return (self.checkout if beside else self.path) / "workspace"

    @property
    def runs(self) -> Path:
        """One folder per recorded run."""
        return self.path / "runs"

    @property
    def run(self) -> Path:
        """What describes processes that are alive now: pids, locks, the fault journal."""
        return self.path / "run"

    @property
    def python(self) -> Path:
        """The interpreter that has our dependencies."""
        return self.path / "venv" / "bin" / "python"

    def data(self, component: str) -> Path:
        """Where a server keeps its files."""
        return self.path / "data" / component

    def log(self, component: str) -> Path:
        """Where a component's output goes."""
        return self.path / "log" / f"{component}.log"

    def make(self) -> "Home":
        """Create the folders; a full disk or a missing permission is said in one sentence."""
        try:
            for name in ("data", "log", "runs", "run", "cache"):
                (self.path / name).mkdir(parents=True, exist_ok=True)
            (self.path / "secrets").mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise Trouble(
                f"{self.path} cannot be written: {error.strerror}.",
                "LAB_HOME=/somewhere/writable ./lab up",
            ) from error
        return self

    def port(self, name: str) -> int:
        """Return the remembered port of `name`, asking the OS for one the first time."""
        name = "edge" if name == "haproxy" else name
        known = self.ports().get(name)
        if known is not None:
            return known
        with self._ports_locked() as ports:
            if name not in ports:
                ports[name] = _free_port(set(ports.values()))
            return ports[name]

    def repick_port(self, name: str) -> int:
        """Forget the port of `name` (somebody else listens there) and remember a new one."""
        with self._ports_locked() as ports:
            taken = set(ports.values())
            ports[name] = _free_port(taken)
            return ports[name]

    def ports(self) -> dict[str, int]:
        """Return every port that is remembered."""
        try:
            text = (self.path / "ports.json").read_text()
        except FileNotFoundError:
            return {}
        try:
            ports: dict[str, int] = json.loads(text)
        except ValueError as error:
            raise Trouble(
                f"{self.path / 'ports.json'} is damaged.", f"rm {self.path / 'ports.json'}"
            ) from error
        return ports

    def secret(self, name: str) -> str:
        """Return a secret, made on first use and readable by its owner only."""
        path = self.path / "secrets" / name
        with contextlib.suppress(FileNotFoundError):
            return path.read_text().strip()
        self.make()
        draft = path.with_name(f".{name}.{os.getpid()}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            # Letters and digits only: one that began with a dash was taken for an option.
            file.write(secrets.token_hex(24))
        # Linking fails when another process was quicker, so both read the same secret; a reader
        # never sees a half-written one.
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
        return path.read_text().strip()

    def dsn(
        self,
        *,
        direct: bool = True,
        client: str = "",
        database: str = DATABASE,
        role: str = "shortener",
    ) -> str:
        """Return a PostgreSQL URL: direct (graders, tools), or through `client`'s fault proxy."""
        port = self.port("postgres" if direct else f"{client}.postgres")
        password = self.secret(f"postgres-{role}")
        return f"postgresql://{role}:{password}@{LOOPBACK}:{port}/{database}"

    def redis_url(self, *, client: str = "") -> str:
        """Return the Redis URL: direct, or through `client`'s fault proxy."""
        return f"redis://{LOOPBACK}:{self.port(f'{client}.redis' if client else 'redis')}/0"

    def url(self, name: str) -> str:
        """Return the HTTP URL of a component, without a slash at the end."""
        return f"http://{LOOPBACK}:{self.port(name)}"

    @contextlib.contextmanager
    def _ports_locked(self) -> Iterator[dict[str, int]]:
        self.make()
        with (self.run / "ports.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            ports = self.ports()
            before = dict(ports)
            yield ports
            if ports != before:
                write_atomically(self.path / "ports.json", json.dumps(ports, indent=1) + "\n")


def write_atomically(path: Path, text: str) -> None:
    """Replace a file so that a reader, or a crash, sees the old text or the new, never half."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with draft.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def port_is_free(port: int) -> bool:
    """Whether a server of ours could listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def _free_port(taken: set[int]) -> int:
    held: list[socket.socket] = []
    try:
        while True:
            probe = socket.socket()
            held.append(probe)  # held until we are done, so that the OS offers another one next
            probe.bind((LOOPBACK, 0))
            port = int(probe.getsockname()[1])
            if port not in taken:
                return port
    finally:
        for probe in held:
            probe.close()
