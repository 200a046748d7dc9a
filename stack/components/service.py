"""The services under test: started from the workspace, wired through the fault proxy."""

from collections.abc import Mapping
from pathlib import Path

from stack import system
from stack.components.component import Defaults
from stack.components.proxy import CLIENTS
from stack.deployment import Deployment, read_deploy_env
from stack.home import CHECKOUT, LOOPBACK, Home
from stack.interpreter import bytecode, python, python_env
from stack.readiness import http_ok
from stack.walls import Walls

PREFIXES = {
    "shortener": "SHORTENER_",
    "relay": "RELAY_",
    "analytics": "ANALYTICS_",
    "partner": "PARTNER_",
}


class Service(Defaults):
    """One instance of one service."""

    walls = Walls.BLIND
    ready_within_s = 25.0  # a laptop may be busy; one that exits is told at once
    stop_within_s = 12.0  # SIGTERM drains: it answers what it has accepted

    def __init__(self, home: Home, deployment: Deployment, instance: str) -> None:
        self.name = instance
        super().__init__(home)
        self.service = instance.removesuffix("-a").removesuffix("-b")
        self.prefix = PREFIXES[self.service]
        self.deployment = deployment
        self.dependencies = CLIENTS.get(instance, ())
        # The partner is a third party: what a learner does to its folder does not reach it.
        self.root = CHECKOUT if self.service == "partner" else deployment.services_root
        if self.service == "partner" and not (self.root / "services" / "partner").is_dir():
            self.root = deployment.services_root
        # What it asks before it says that it is ready; the rest starts at the same time.
        first = ["kafka"] if deployment.kafka else []
        first += ["postgres", "redis", "proxy"]
        own = {*self.dependencies, "proxy"} if self.dependencies else set()
        self.needs = tuple(name for name in first if name in own)
        self.beside = ("sink", *(name for name in self.dependencies if name == "partner"))

    def argv(self) -> tuple[str, ...]:
        """Return the command."""
        return (python(self.home), "-B", "-m", f"services.{self.service}")

    @property
    def module(self) -> str:
        """Return what may be forked: a moved clock is a library that only a new program loads."""
        return "" if self._clock() else f"services.{self.service}"

    def cwd(self) -> Path:
        """Return the folder that holds `services/`: nothing else can be imported."""
        return self.root

    def visible(self) -> tuple[Path, ...]:
        """Return what it may see of LAB_HOME: the interpreter, bytecode, its code, its clock."""
        return (
            self.home.path / "venv",
            bytecode(self.home),
            self.root,
            self.home.path / "cache" / "clock",
        )

    def env(self) -> dict[str, str]:
        """Return deploy.env, then the lab's scale, then the wiring: the later wins."""
        folder = self.root / "services" / self.service
        values = read_deploy_env(folder / "deploy.env", self.prefix)
        values |= scale_for(self.prefix, self.deployment.scale)
        traced = f"{self.prefix}TRACE_RATIO"
        values.setdefault(traced, "0.01")
        return python_env(self.home, self.root) | values | self._wiring() | self._clock()

    async def ready(self) -> bool:
        """Whether traffic may come: its own word for it, where it has dependencies to wait for."""
        path = "/readyz" if self.service == "shortener" else "/livez"
        return await http_ok(self.home.port(self.name), path)

    def faketime_file(self) -> Path:
        """Return the file that says how far its clock is off."""
        return self.home.path / "cache" / "clock" / self.name

    async def prepare(self) -> None:
        """Set its clock right; there is no data folder to make."""
        self.faketime_file().parent.mkdir(parents=True, exist_ok=True)
        self.faketime_file().write_text("+0\n")

    def _wiring(self) -> dict[str, str]:
        home, prefix = self.home, self.prefix
        wiring = {
            "INSTANCE": self.name,
            "HOST": LOOPBACK,
            "PORT": str(home.port(self.name)),
            "OTLP_ENDPOINT": f"{home.url('sink')}/v1/traces",
            "OTLP_TOKEN": home.secret("otlp-token"),
        }
        if "postgres" in self.dependencies:
            database = self.deployment.database
            wiring["POSTGRES_DSN"] = home.dsn(direct=False, client=self.name, database=database)
        if "kafka" in self.dependencies:
            through = f"{LOOPBACK}:{home.port(f'{self.name}.kafka')}"
            wiring["KAFKA_BOOTSTRAP"] = through if self.deployment.kafka else ""
        if self.service == "shortener":
            wiring["REDIS_URL"] = home.redis_url(client=self.name)
            wiring["PARTNER_URL"] = home.url(f"{self.name}.partner")
            wiring["PUBLIC_BASE_URL"] = home.url("edge")
            wiring["JWT_SECRET"] = home.secret("jwt")
        return {prefix + key: value for key, value in wiring.items()}

    def _clock(self) -> dict[str, str]:
        library = faketime_library()
        if self.name not in self.deployment.skewed or library is None:
            return {}
        return {
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(self.faketime_file()),
            # Read the file at every call: its cache is slow to notice, and this process is the
            # patient, not the one that is measured.
            "FAKETIME_NO_CACHE": "1",
            # uvloop's timers run on the monotonic clock: moved with the rest, it would hang.
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "DONT_FAKE_MONOTONIC": "1",
        }


def scale_for(prefix: str, scale: Mapping[str, str]) -> dict[str, str]:
    """Return the part of a lab's scale that is meant for one service."""
    others = tuple(p for p in PREFIXES.values() if p != prefix)
    return {
        (key if key.startswith(prefix) else prefix + key): str(value)
        for key, value in scale.items()
        if not key.startswith(others)
        and (key.startswith(prefix) or prefix == PREFIXES["shortener"])
    }


def faketime_library() -> Path | None:
    """Return libfaketime, when the system's package is there."""
    return system.find("libfaketime")
